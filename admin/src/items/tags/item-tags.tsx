import { Alert, Autocomplete, TextField } from '@mui/material';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useGetOne, useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { useCachedItems } from '../cached-items';
import { createTag, linkTag, unlinkTag } from './tag-links';
import { useTagsOfStore } from './use-tags-of-store';

interface Option {
  /** undefined: the tag is to be created */
  id?: number;
  name: string;
}

/** A form around it shares what is read, and must not get other values while somebody types in it. */
const ONLY_ONCE = { refetchOnWindowFocus: false, refetchOnReconnect: false };

/** The tags of an item as chips. Each change is saved at once, also inside a form. */
export function ItemTags({ itemId, autoFocus = false }: { itemId: number; autoFocus?: boolean }) {
  const { data: item } = useGetOne<Item>('items', { id: itemId }, ONLY_ONCE);
  const client = useQueryClient();
  const cached = useCachedItems();
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const { tags, isPending } = useTagsOfStore(item?.store_id, typed);
  if (!item) return null;

  const value: Option[] = item.tags;
  const options = optionsOf(tags, item, typed, isPending);

  const apply = async (next: readonly Option[]) => {
    const gone = value.filter(({ id }) => !next.some((option) => option.id === id));
    const added = next.filter((option) => !value.includes(option));
    for (const { id } of gone) if (id !== undefined) show(await unlinkTag(item.id, () => id));
    for (const { id, name } of added) {
      const tagId = id ?? (await createTag(item.store_id, name)).id;
      show(await linkTag(item.id, () => tagId));
      if (id === undefined) await client.invalidateQueries({ queryKey: ['tags'] });
    }
  };
  const show = (changed: Item | undefined) => {
    if (changed) cached.put(changed);
  };
  const change = (next: readonly Option[]) => {
    setBusy(true);
    setError(undefined);
    apply(next)
      .catch((reason: unknown) => {
        setError(reason instanceof Error ? reason.message : String(reason));
      })
      .finally(() => {
        setBusy(false);
      });
  };

  return (
    <>
      <Autocomplete
        multiple
        disableClearable
        autoHighlight
        loading={isBusy}
        options={options}
        value={value}
        inputValue={typed}
        getOptionLabel={({ name }) => name}
        getOptionKey={({ id }) => id ?? 'new'}
        isOptionEqualToValue={(one, other) => one.id === other.id}
        filterOptions={(all) => all}
        noOptionsText={translate('emporium.items.tag_field.none_found')}
        renderOption={({ key, ...props }, { id, name }) => (
          <li key={key} {...props}>
            {id === undefined ? translate('emporium.items.tag_field.create', { name }) : name}
          </li>
        )}
        onInputChange={(_event, text) => {
          setTyped(text);
        }}
        onChange={(_event, next) => {
          if (!isBusy) change(next);
        }}
        renderInput={(params) => (
          <TextField
            {...params}
            autoFocus={autoFocus}
            label={translate('emporium.items.tag_field.label')}
            onKeyDown={(event) => {
              // A key that is held down empties the field, and must not go on with the tags.
              if (event.key === 'Backspace' && event.repeat && typed === '') event.stopPropagation();
            }}
            helperText={translate('emporium.items.tag_field.help')}
          />
        )}
      />
      <div role="alert">{error !== undefined && <Alert severity="error">{error}</Alert>}</div>
    </>
  );
}

/** The tags that can be added, and after them the one that does not exist yet. */
function optionsOf(tags: readonly Option[], item: Item, typed: string, isPending: boolean): Option[] {
  const name = typed.trim();
  const isNamed = (tag: Option) => tag.name.toLowerCase() === name.toLowerCase();
  const isNew = name !== '' && !isPending && !tags.some(isNamed) && !item.tags.some(isNamed);
  const free = tags.filter(({ id }) => !item.tags.some((tag) => tag.id === id));
  return isNew ? [...free, { name }] : [...free];
}
