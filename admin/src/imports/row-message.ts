/** What can be wrong with a row, as the API words it, and its text among those of the imports. */
const MESSAGES: readonly [RegExp, string][] = [
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
];

type Translate = (key: string, options: Record<string, unknown>) => string;

/** In the language of the panel, if it is one that the panel knows. */
export function tellRowMessage(message: string, translate: Translate): string {
  for (const [pattern, key] of MESSAGES) {
    const match = pattern.exec(message);
    if (match) return translate(`emporium.imports.messages.${key}`, { one: match[1], two: match[2] });
  }
  return message;
}
