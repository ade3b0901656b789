import { findText, type KnownText } from './known-texts';

/** What can be wrong with a row, as the API words it, and its text among those of the imports. */
const MESSAGES: readonly KnownText[] = [
  [/^is required$/, 'required'],
  [/^must have (\d+) to (\d+) characters$/, 'length'],
  [/^must have a visible character$/, 'visible'],
  [/^must not contain control characters$/, 'control_characters'],
  [/^must be well-formed Unicode$/, 'unicode'],
  [/^must be text$/, 'text'],
  [/^must be a number$/, 'number'],
  [/^must be a number in plain digits$/, 'plain_number'],
  [/^must be a number without thousands separators/, 'thousands'],
  [/^must have at most (\d+) decimals$/, 'decimals'],
  [/^must be from (\S+) to (\S+)$/, 'range'],
  [/^must have at most (\d+) tags$/, 'tags'],
  [/^is the same as in line (\d+)$/, 'same_sku'],
  [/^is the SKU of item (\d+)$/, 'known_sku'],
  [/^has (\d+) columns, and the header has (\d+)$/, 'columns'],
  [/^must be JSON$/, 'json'],
  [/^must be an object$/, 'object'],
  [/^is unknown$/, 'unknown'],
  [/^item (\d+) has changed since the import, and was left alone by the undo$/, 'left_alone'],
];

/** The same for an item that an edit cannot change. These texts are there before those of the imports. */
const MESSAGES_OF_EDITS: readonly KnownText[] = [
  [/^of item (\d+) would be (\S+), and must be from (\S+) to (\S+)$/, 'item_price'],
  [/^of item (\d+) would be (\d+), and must be at most (\d+)$/, 'item_tags'],
];

type Translate = (key: string, options: Record<string, unknown>) => string;

export interface ToldMessage {
  /** with `%{item}` in the place of the id of an item, so that a link can stand there */
  text: string;
  itemId?: string | undefined;
}

/** In the language of the panel, if it is one that the panel knows. */
export function tellRowMessage(message: string, translate: Translate): ToldMessage {
  const known = [
    ...MESSAGES.map(([pattern, key]) => [pattern, `emporium.imports.messages.${key}`] as const),
    ...MESSAGES_OF_EDITS.map(([pattern, key]) => [pattern, `emporium.items.edits.${key}`] as const),
  ];
  const text = findText(known, message);
  if (!text) return { text: message };
  const [one, two, three, four] = text.named;
  const told = translate(text.key, { one, two, three, four, item: '%{item}' });
  return { text: told, itemId: /\bitem (\d+)/.exec(message)?.[1] };
}
