// Not imported: the panel is a bundler's modules, whose imports the compiler of the tests does not resolve.
const { de } = jest.requireActual<{ de: object }>('../admin/src/i18n/de');
const { en } = jest.requireActual<{ en: object }>('../admin/src/i18n/en');

/** Texts that are loaded with their pages. */
const importsOf = (code: string) =>
  jest.requireActual<{ imports: object }>(`../admin/src/imports/texts/${code}`);

/**
 * Texts whose English puts in a value that German does without, because nouns have genders, or another one, because nouns keep
 * their capitals.
 */
const REWORDED = ['ra.message.bulk_delete_content', 'ra.message.delete_content', 'ra.sort.sort_by'];

function textsOf(messages: object, prefix = ''): [key: string, text: string][] {
  return Object.entries(messages).flatMap(([key, value]: [string, object | string]) =>
    typeof value === 'string' ? [[prefix + key, value]] : textsOf(value, `${prefix}${key}.`),
  );
}

const formsOf = (text: string) => text.split('||||');
const placeholdersOf = (text: string) => [...new Set(text.match(/%\{\w+\}/g))].sort();

describe('The languages of the panel', () => {
  const english = new Map(textsOf({ ...en, ...importsOf('en') }));
  const german = new Map(
    textsOf({ ...de, ...importsOf('de') }).filter(([key]) => !key.endsWith('.forcedCaseName')),
  );

  it('have the same texts', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('have a singular and a plural for the same texts', () => {
    for (const [key, text] of english)
      expect([key, formsOf(german.get(key) ?? '').length]).toEqual([key, formsOf(text).length]);
  });

  it('put the same values into each form of their texts', () => {
    const valuesOf = (key: string, text: string) => [key, formsOf(text).map(placeholdersOf)];
    for (const [key, text] of english) {
      if (!REWORDED.includes(key)) expect(valuesOf(key, german.get(key) ?? '')).toEqual(valuesOf(key, text));
    }
  });
});
