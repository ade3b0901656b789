import UndoIcon from '@mui/icons-material/Undo';
import { Box, Button, Typography } from '@mui/material';
import { type ReactNode } from 'react';
import { usePermissions, useTranslate } from 'react-admin';
import { type Change } from '../api';
import { undoable } from './can-undo';
import { membersOf } from './change';
import { EntryIcon } from './entry-icon';
import { Headline } from './headline';
import { MemberList } from './member-list';
import { useNames } from './names';
import { type Scope } from './use-changes';
import { WhoAndWhen } from './who-and-when';

export const elementIdOf = ({ id }: Change) => `change-${id}`;

interface EntryProps {
  change: Change;
  scope: Scope;
  now: number;
  onUndo: (change: Change) => void;
  /** what an undo of it has done */
  notice: ReactNode;
}

/** One change. It can take the focus, because its button goes when it is undone. */
export function Entry({ change, scope, now, onUndo, notice }: EntryProps) {
  const elementId = elementIdOf(change);
  // On the page of an item its values say all.
  const hasHeadline = scope.of === 'store' || change.action !== 'update' || membersOf(change).length === 0;
  return (
    <Box component="li" id={elementId} tabIndex={-1} sx={ENTRY}>
      <EntryIcon action={change.action} />
      <Box sx={{ flex: '1 1 0', minWidth: 0 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, alignItems: 'flex-start' }}>
          <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>
            <div id={`${elementId}-text`}>
              {hasHeadline && (
                <Typography sx={{ overflowWrap: 'anywhere' }}>
                  <Headline change={change} scope={scope} />
                </Typography>
              )}
              <MemberList change={change} />
            </div>
            <WhoAndWhen change={change} now={now} />
          </Box>
          <UndoButton change={change} elementId={elementId} onUndo={onUndo} />
        </Box>
        <div role="status">{notice}</div>
      </Box>
    </Box>
  );
}

function UndoButton({
  change,
  elementId,
  onUndo,
}: Pick<EntryProps, 'change' | 'onUndo'> & { elementId: string }) {
  const translate = useTranslate();
  const { permissions } = usePermissions<string>();
  const { subjectOf } = useNames();
  const can = undoable(change, subjectOf(change), permissions === 'admin');
  if (can === 'no') return null;
  if (can === 'changed')
    return (
      <Typography variant="body2" color="textSecondary">
        {translate('emporium.history.changed_since')}
      </Typography>
    );
  return (
    <Button
      id={`${elementId}-undo`}
      size="small"
      sx={{ marginLeft: -0.5 }}
      startIcon={<UndoIcon />}
      // The buttons of all entries are called the same otherwise.
      aria-labelledby={`${elementId}-undo ${elementId}-text`}
      onClick={() => {
        onUndo(change);
      }}
    >
      {translate('emporium.history.undo')}
    </Button>
  );
}

const ENTRY = {
  display: 'flex',
  gap: 2,
  paddingY: 1.5,
  position: 'relative',
  // The bar of the panel must not cover what has the focus.
  scrollMarginTop: 72,
  outlineOffset: 2,
  borderRadius: 1,
  '&:not(:last-of-type)::before': {
    content: '""',
    position: 'absolute',
    left: 16,
    top: 44,
    bottom: -12,
    borderLeft: 1,
    borderColor: 'divider',
  },
};
