import {
  Autocomplete,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  TextField,
} from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { type Tag } from '../../api';
import { createTag } from '../tags/tag-links';
import { useTagsOfStore } from '../tags/use-tags-of-store';
import { type TagAct } from './bulk-tags';

export interface BulkTagDialogProps {
  act: TagAct;
  storeId: number;
  /** undefined if nothing is to be done */
  onEnd: (tag: Tag | undefined) => void;
}

/** Asks for the tag that a selection gets or loses. A tag to add can be a new one. */
export function BulkTagDialog({ act, storeId, onEnd }: BulkTagDialogProps) {
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const { tags, isPending } = useTagsOfStore(storeId, typed);
  const name = typed.trim();
  const known = tags.find((tag) => tag.name.toLowerCase() === name.toLowerCase());
  const isNew = act === 'add' && name !== '' && !isPending && !known;

  const choose = async () => {
    try {
      onEnd(known ?? (await createTag(storeId, name)));
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
  };
  const title = translate(`emporium.items.bulk.${act}_tag`);
  return (
    <Dialog
      open
      fullWidth
      maxWidth="xs"
      aria-labelledby="bulk-tag-title"
      onClose={() => {
        onEnd(undefined);
      }}
    >
      <DialogTitle id="bulk-tag-title">{title}</DialogTitle>
      <DialogContent>
        <Autocomplete
          freeSolo
          disableClearable
          options={tags.map((tag) => tag.name)}
          inputValue={typed}
          filterOptions={(options) => options}
          onInputChange={(_event, text) => {
            setTyped(text);
            setError(undefined);
          }}
          renderInput={(params) => (
            <TextField
              {...params}
              autoFocus
              label={translate('emporium.items.bulk.tag')}
              error={error !== undefined}
              helperText={error ?? (isNew && translate('emporium.items.tag_field.create', { name }))}
            />
          )}
        />
      </DialogContent>
      <DialogActions>
        <Button
          onClick={() => {
            onEnd(undefined);
          }}
        >
          {translate('emporium.items.bulk.cancel')}
        </Button>
        <Button variant="contained" disabled={!known && !isNew} onClick={() => void choose()}>
          {title}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
