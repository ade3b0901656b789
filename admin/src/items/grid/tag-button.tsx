import { useTranslate } from 'react-admin';
import { type Item } from '../../api';

/** More chips than these would make the row too high. */
const SHOWN = 3;

export interface TagButtonProps {
  item: Item;
  tabIndex: 0 | -1;
  mayWrite: boolean;
  onOpen: (item: Item) => void;
}

/** The tags of an item in a row; a click opens them. */
export function TagButton({ item, tabIndex, mayWrite, onOpen }: TagButtonProps) {
  const translate = useTranslate();
  const { tags, name } = item;
  const names = tags.map((tag) => tag.name).join(', ') || translate('emporium.items.tag_field.none');
  return (
    <button
      type="button"
      className="chips"
      tabIndex={tabIndex}
      aria-label={translate('emporium.items.tag_field.change', { name, tags: names })}
      aria-disabled={!mayWrite}
      onClick={() => {
        if (mayWrite) onOpen(item);
      }}
    >
      {tags.slice(0, SHOWN).map((tag) => (
        <span key={tag.id} className="chip">
          {tag.name}
        </span>
      ))}
      {tags.length > SHOWN && (
        <span>{translate('emporium.items.tag_field.more', { smart_count: tags.length - SHOWN })}</span>
      )}
      {tags.length === 0 && mayWrite && (
        <span className="none">{translate('emporium.items.tag_field.add')}</span>
      )}
    </button>
  );
}
