import TagIcon from '@mui/icons-material/LocalOffer';
import { Box, Button, LinearProgress, Stack, Typography } from '@mui/material';
import { useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { type Item, type Tag } from '../../api';
import { useCachedItems } from '../cached-items';
import { type Notice } from '../notice';
import { BulkTagDialog } from './bulk-tag-dialog';
import { changeTagOf, type TagAct } from './bulk-tags';
import { DeleteSelectedButton } from './delete-selected-button';

export interface BulkBarProps {
  /** the store of all rows, if one is chosen: tags belong to a store */
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
  if (selectedIds.length === 0) return null;

  const end = async (tag: Tag | undefined) => {
    setAct(undefined);
    if (!act || !tag) return;
    setBusy(true);
    onNotice(await changeTagOf(selectedIds.map(Number), act, tag, cached));
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
            disabled={isBusy || storeId === undefined}
            onClick={() => {
              setAct(kind);
            }}
          >
            {translate(`emporium.items.bulk.${kind}_tag`)}
          </Button>
        ))}
        <DeleteSelectedButton disabled={isBusy} />
        <Button
          size="small"
          onClick={() => {
            onUnselectItems();
          }}
        >
          {translate('emporium.items.bulk.unselect')}
        </Button>
      </Stack>
      {storeId === undefined && (
        <Typography variant="caption">{translate('emporium.items.bulk.tag_needs_store')}</Typography>
      )}
      {isBusy && <LinearProgress aria-hidden />}
      {act && storeId !== undefined && (
        <BulkTagDialog act={act} storeId={storeId} onEnd={(tag) => void end(tag)} />
      )}
    </Box>
  );
}
