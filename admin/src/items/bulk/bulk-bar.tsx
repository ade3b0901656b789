import DeleteIcon from '@mui/icons-material/Delete';
import TagIcon from '@mui/icons-material/LocalOffer';
import { Box, Button, LinearProgress, Stack, Typography } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { useCachedItems } from '../cached-items';
import { type Notice } from '../notice';
import { ChangeItemsButton } from '../edits/change-items-button';
import { BulkTagDialog } from './bulk-tag-dialog';
import { changeTagOf, type NamedTags, type TagAct } from './bulk-tags';
import { useDeleteSelected } from './use-delete-selected';

export interface BulkBarProps {
  /** the store of all rows, if one is chosen */
  storeId: number | undefined;
  onNotice: (notice: Notice) => void;
}

/** What can be done with the selected rows. */
export function BulkBar({ storeId, onNotice }: BulkBarProps) {
  const { selectedIds, onUnselectItems } = useListContext<Item>();
  const cached = useCachedItems();
  const translate = useTranslate();
  const [act, setAct] = useState<TagAct>();
  const [isBusy, setBusy] = useState(false);
  const deleteSelected = useDeleteSelected();
  if (selectedIds.length === 0) return null;

  const ids = selectedIds.map(Number);
  const end = async (tags: NamedTags | undefined) => {
    setAct(undefined);
    if (!act || !tags) return;
    setBusy(true);
    onNotice(await changeTagOf(ids, act, tags, cached));
    setBusy(false);
  };
  return (
    <Box
      role="region"
      aria-label={translate('emporium.items.bulk.label')}
      sx={{ bgcolor: 'action.selected', paddingX: 2, paddingY: 1 }}
    >
      <Stack direction="row" sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
        <Typography variant="body2" sx={{ flexGrow: 1 }}>
          {translate('emporium.items.bulk.selected', { smart_count: selectedIds.length })}
        </Typography>
        {(['add', 'remove'] as const).map((kind) => (
          <Button
            key={kind}
            size="small"
            startIcon={<TagIcon />}
            // The focus comes back here, and would get lost on a button that is disabled.
            aria-disabled={isBusy}
            onClick={() => {
              if (!isBusy) setAct(kind);
            }}
          >
            {translate(`emporium.items.bulk.${kind}_tag`)}
          </Button>
        ))}
        {storeId !== undefined && (
          <ChangeItemsButton storeId={storeId} filter={{ ids }} label="open" onDeleted={onUnselectItems} />
        )}
        <Button
          size="small"
          color="error"
          startIcon={<DeleteIcon />}
          disabled={isBusy}
          onClick={deleteSelected}
        >
          {translate('emporium.items.bulk.delete')}
        </Button>
        <Button
          size="small"
          onClick={() => {
            onUnselectItems();
          }}
        >
          {translate('emporium.items.bulk.unselect')}
        </Button>
      </Stack>
      {isBusy && <LinearProgress aria-hidden />}
      {act && <BulkTagDialog act={act} ids={ids} storeId={storeId} onEnd={(tags) => void end(tags)} />}
    </Box>
  );
}
