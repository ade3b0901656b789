import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useKeptFocus } from '../../layout/use-kept-focus';
import { useCachedItems } from '../cached-items';
import { TagNameField } from '../tags/tag-name-field';
import { useTagNames } from '../tags/use-tag-names';
import { type NamedTags, storesOf, type TagAct, tagsNamed } from './bulk-tags';

export interface BulkTagDialogProps {
  act: TagAct;
  /** the items that are to be changed */
  ids: readonly number[];
  /** the store of all of them, if it is known */
  storeId: number | undefined;
  /** undefined if nothing is to be done */
  onEnd: (tags: NamedTags | undefined) => void;
}

const NO_STORES: number[] = [];

/**
 * Asks for the tag that a selection gets or loses. Each store has tags of its own, so it is the tag of that name in the store
 * of each item. A tag to add can be a new one.
 */
export function BulkTagDialog({ act, ids, storeId, onEnd }: BulkTagDialogProps) {
  const translate = useTranslate();
  const cached = useCachedItems();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const button = useKeptFocus(isBusy);
  const { data: storeIds = NO_STORES, error: readFault } = useQuery({
    queryKey: ['items', 'stores', storeId, ids],
    queryFn: () => (storeId === undefined ? storesOf(ids, cached) : [storeId]),
  });
  const { names, isPending } = useTagNames(storeIds, typed);
  const name = typed.trim();

  const choose = async () => {
    setBusy(true);
    try {
      const tags = await tagsNamed(name, storeIds, act);
      if (tags.ids.size > 0) onEnd(tags);
      else setFault(new Error(translate('emporium.items.bulk.no_such_tag')));
    } catch (reason) {
      setFault(reason);
    }
    setBusy(false);
  };
  const title = translate(`emporium.items.bulk.${act}_tag`);
  const error = fault ?? readFault;
  const isNew =
    act === 'add' &&
    name !== '' &&
    !isPending &&
    !names.some((known) => known.toLowerCase() === name.toLowerCase());
  const help =
    storeIds.length > 1
      ? translate(`emporium.items.bulk.${act}_in_stores`, { count: storeIds.length })
      : isNew && translate('emporium.items.tag_field.create', { name });
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
        <TagNameField
          value={typed}
          names={names}
          error={error}
          help={help}
          onType={(text) => {
            setTyped(text);
            setFault(undefined);
          }}
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
        <Button
          ref={button}
          variant="contained"
          disabled={isBusy || name === '' || storeIds.length === 0}
          onClick={() => void choose()}
        >
          {title}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
