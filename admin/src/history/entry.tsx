import UndoIcon from '@mui/icons-material/Undo';
import { Box, Button, Typography } from '@mui/material';
import { type ReactNode } from 'react';
import { usePermissions, useTranslate } from 'react-admin';
import { type Change } from '../api';
import { undoable } from './can-undo';
import { elementIdOf, membersOf } from './change';
import { EntryFrame } from './entry-frame';
import { Headline } from './headline';
import { MemberList } from './member-list';
import { useNames } from './names';
import { type Scope } from './use-changes';
import { WhoAndWhen } from './who-and-when';

interface EntryProps {
  change: Change;
  scope: Scope;
  now: number;
  onUndo: (change: Change) => void;
  /** what an undo of it has done */
  notice: ReactNode;
  /** whether it is told already of which import the change is */
  isOfImport?: boolean;
}

/** One change. Its button goes when it is undone. */
export function Entry({ change, scope, now, onUndo, notice, isOfImport = false }: EntryProps) {
  const elementId = elementIdOf(change);
  // On the page of an item its values say all.
  const hasHeadline = scope.of === 'store' || change.action !== 'update' || membersOf(change).length === 0;
  return (
    <EntryFrame id={elementId} icon={change.action}>
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
          <WhoAndWhen change={change} now={now} isOfImport={isOfImport} />
        </Box>
        <UndoButton change={change} elementId={elementId} onUndo={onUndo} />
      </Box>
      <div role="status">{notice}</div>
    </EntryFrame>
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
