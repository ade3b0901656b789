import fc from 'fast-check';
import { startApp, type TestApp } from './support/app';
import { type Client } from './support/client';
import { withClient } from './support/database';
import {
  createAdmin,
  createItem,
  createStore,
  createTag,
  createUser,
  type TestStore,
} from './support/factories';
import { fold, isMark } from './support/fold';
import { idsOf } from './support/lists';

let app: TestApp;
let store: TestStore;
let admin: Client;

beforeAll(async () => {
  app = await startApp();
  store = await createStore(await createUser(app));
  admin = (await createAdmin(app)).api;
});
afterAll(() => app.close());

const find = async (path: string, q: string, api = app.api) => {
  const answer = await api.get(`${path}?limit=100&count=true&q=${encodeURIComponent(q)}`);
  expect({ q, status: answer.status }).toEqual({ q, status: 200 });
  expect(answer.headers.get('x-total-count')).toBe(String(idsOf(answer).length));
  return idsOf(answer);
};

/** What the database makes of texts. */
const foldInDatabase = async (texts: readonly string[]) => {
  const rows = await app.sql<{ form: string }>(
    'SELECT fold(text) AS form FROM unnest($1::text[]) WITH ORDINALITY AS t (text, place) ORDER BY place',
    [texts],
  );
  return rows.map(({ form }) => form);
};

const NAMES = [
  ...[
    'Café crème',
    'Gießkanne',
    'STRAẞE',
    'Smørrebrød',
    'Œuvre cæsar',
    'Łódź żółć',
    'Đakovo đak',
    'naïve Ångström',
  ],
  ...[
    'İstanbul ısıtıcı',
    'Diyarbakır IŞIK',
    'Phở bò Đặc biệt',
    'Nguyễn Thị Hạnh',
    'Příliš žluťoučký kůň',
    'ﬁnal oﬃce',
  ],
  ...[
    'ΦΑΣΟΛΙΑ',
    'Φασόλια γίγαντες',
    'οδός ΟΔΟΣ ὁδός',
    'Ἀθῆναι Ελλάς',
    'ΰψος προϊόν',
    'Москва ёжик',
    'Йогурт Київ ґанок',
  ],
  ...['שָׁלוֹם עוֹלָם', 'קפה', 'قَهْوَة عَرَبِيَّة', 'مُحَمَّد', 'ﷺ', 'हिन्दी चाय', 'क्षत्रिय ज़मीन', 'বাংলা কোমল'],
  ...[
    'தமிழ் கொடி',
    'น้ำดื่ม ที่นี่',
    'ກາເຟ ນ້ຳ',
    'ខ្មែរ',
    'မြန်မာ',
    '한국 김치',
    '커피',
    'がぎぐ パン',
    'コーヒー ｺｰﾋｰ ﾊﾟﾝ',
  ],
  ...[
    '北京 大學',
    '椅子',
    'Ｆｕｌｌ Ｗｉｄｔｈ',
    'საქართველო',
    'Հայաստան և',
    '👩‍👩‍👧 family ☕️',
    '① ½ ㎏ ™',
    'Ǆungla Ǉubav',
    'ſt ﬆ',
  ],
  ...['q̣̇uirk', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢LGO', '5 µm', 'Ω Ω K Å'],
].map((name) => name.normalize('NFC'));

const wordsOf = (name: string) => name.split(/\s+/u);

/** Each ends at a code point, in the middle of a letter with its marks too. */
const beginningsOf = (word: string) => {
  const characters = Array.from(word);
  return characters.map((_, last) => characters.slice(0, last + 1).join(''));
};

const inEveryCase = (word: string) => {
  const [first = '', ...rest] = word;
  const title = first.toUpperCase() + rest.join('').toLowerCase();
  return [...new Set([word, word.toUpperCase(), word.toLowerCase(), title])].map((each) =>
    each.normalize('NFC'),
  );
};

describe('the fold for search', () => {
  it('is what the contract says, of names of many scripts in every case', async () => {
    const texts = NAMES.flatMap((name) => inEveryCase(name));
    expect(await foldInDatabase(texts)).toEqual(texts.map(fold));
  });

  it('keeps each beginning of a word a part of the word, in every case', async () => {
    const pairs = NAMES.flatMap(wordsOf).flatMap((word) =>
      beginningsOf(word).flatMap((beginning) => inEveryCase(beginning).map((typed) => ({ word, typed }))),
    );
    const words = await foldInDatabase(pairs.map(({ word }) => word));
    const typed = await foldInDatabase(pairs.map((pair) => pair.typed));
    expect(pairs.length).toBeGreaterThan(1000);
    expect(pairs.filter((_, n) => !words[n]?.includes(typed[n] ?? ''))).toEqual([]);
  });

  it('keeps beginnings of any mixture of letters and marks', async () => {
    const character = fc.constantFrom(
      ...new Set(NAMES.flatMap((name) => Array.from(name + name.normalize('NFD')))),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(character, { minLength: 1, maxLength: 12 }),
        fc.nat(11),
        async (characters, end) => {
          const name = characters.join('').normalize('NFC');
          const beginning = Array.from(name)
            .slice(0, end + 1)
            .join('')
            .normalize('NFC');
          const [whole = '', ...parts] = await foldInDatabase([name, beginning, beginning.toUpperCase()]);
          for (const part of parts) expect(whole).toContain(part);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('drops every mark but vowel signs, and knows each letter of Latin, Greek, Cyrillic and Armenian by its capital', async () => {
    const letters: string[] = [];
    for (let code = 0x20; code < 0x3000; code++) {
      const letter = String.fromCodePoint(code).normalize('NFC');
      const isCased = code < 0x590 || (code >= 0x1e00 && code < 0x2000);
      if (isCased && /^\p{L}$/u.test(letter)) letters.push(letter);
    }
    // Their capitals are newer than some servers.
    const known = letters.filter((letter) => !'ƛɤʂ'.includes(letter));
    // An iota subscript is a mark, but an upper case turns it into a letter.
    const sameInAnyCase = known.filter((letter) => !letter.normalize('NFD').includes('\u0345'));
    const forms = await foldInDatabase(sameInAnyCase);
    expect(await foldInDatabase(sameInAnyCase.map((letter) => letter.toUpperCase()))).toEqual(forms);
    expect(await foldInDatabase(sameInAnyCase.map((letter) => letter.toLowerCase()))).toEqual(forms);
    expect(await foldInDatabase(forms)).toEqual(forms);

    const marks = Array.from({ length: 0x3_0000 }, (_, code) => code)
      .filter((code) => code < 0xd800 || code > 0xdfff)
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /^\p{M}$/u.test(character));
    const dropped = await foldInDatabase(marks.map((mark) => `a${mark}b`));
    expect(dropped.map((form) => form === 'ab')).toEqual(marks.map(isMark));
  });

  it('is the same whatever a session sets', async () => {
    await withClient(app.connection, async (client) => {
      await client.query(`SET search_path = pg_catalog; SET standard_conforming_strings = off`);
      const { rows } = await client.query<{ form: string }>('SELECT public.fold($1) AS form', [NAMES.join()]);
      expect(rows).toEqual([{ form: fold(NAMES.join()) }]);
    });
  });
});

describe('GET /items?q=', () => {
  it('finds each name by every beginning of every word, in any case', async () => {
    const ids = new Map<string, number>();
    for (const name of NAMES) ids.set(name, (await createItem(store, { name })).id);
    const sought = NAMES.flatMap((name) =>
      wordsOf(name).flatMap((word) =>
        beginningsOf(word)
          .flatMap(inEveryCase)
          .map((typed) => ({ name, typed })),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sought), async ({ name, typed }) => {
        expect({ typed, found: await find('/items', typed) }).toEqual({
          typed,
          found: expect.arrayContaining([ids.get(name)]) as number[],
        });
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['cafe', 'Café 1'],
    ['CAFÉ', 'cafe 2'],
    ['giesskanne', 'Gießkanne 3'],
    ['GIESS', 'Gießkanne 4'],
    ['gieß', 'GIESSKANNE 5'],
    ['ΦΑΣ', 'ΦΑΣΟΛΙΑ 6'],
    ['φας', 'ΦΑΣΟΛΙΑ 7'],
    ['istanbul', 'İSTANBUL 8'],
    ['ISI', 'ısı 9'],
    ['lodz', 'Łódź 10'],
    ['smorrebrod', 'Smørrebrød 11'],
    ['oeuvre', 'Œuvre 12'],
    ['aether', 'Æther 13'],
    ['dac', 'Đặc 14'],
    ['שלום', 'שָׁלוֹם 15'],
    ['قهوة', 'قَهْوَة 16'],
    ['かき', 'がぎ 17'],
    ['full', 'Ｆｕｌｌ 18'],
    ['final', 'ﬁnal 19'],
  ])('%s finds %s, by name and by sku', async (q, name) => {
    const byName = await createItem(store, { name });
    const bySku = await createItem(store, { sku: name });
    expect(await find('/items', q)).toEqual(expect.arrayContaining([byName.id, bySku.id]));
    expect(await find(`/stores/${store.id}/items`, `${name} ${q}`)).toEqual(
      expect.arrayContaining([byName.id, bySku.id]),
    );
  });

  it.each([
    ['चय', 'चाय'],
    ['की', 'का'],
    ['กัน', 'กิน'],
    ['cafes', 'Café'],
    ['ß', 's'],
  ])('%s does not find %s', async (q, name) => {
    const { id } = await createItem(store, { name: `${name}-` });
    expect(await find('/items', q)).not.toContain(id);
  });

  it.each([
    ['a mark', '\u0301'],
    ['two marks', '\u0301\u0327'],
    ['an accent that stands alone', '´'],
    ['a mark of Hebrew', '\u05b8'],
  ])('finds nothing by %s', async (_what, q) => {
    await createItem(store, { name: 'é ´ \u0301' });
    expect(await find('/items', q)).toEqual([]);
    expect(await find('/items', `cafe ${q}`)).toEqual([]);
    expect(await find('/stores', q)).toEqual([]);
    expect(await find(`/stores/${store.id}/tags`, q)).toEqual([]);
    expect(await find('/users', q, admin)).toEqual([]);
  });

  it.each([
    ['that grows most', '\ufdfa'.repeat(200), '\ufdfa\ufdfa'],
    ['of marks', `a${'\u0301\u0323'.repeat(99)}`, 'a\u0323\u0301'],
    ['of Hangul', '한'.repeat(200), '한한한'],
  ])('finds a name of 200 characters %s', async (_what, name, q) => {
    const { id } = await createItem(store, { name, sku: name.slice(0, 64) });
    expect(await find('/items', q)).toContain(id);
    expect(await find('/items', name)).toContain(id);
  });

  it('finds an item by its new name and no longer by the old one', async () => {
    const { id } = await createItem(store, { name: 'Bücherregal' });
    await store.owner.api.patch(`/items/${id}`, { name: 'Bücherschränke' });
    expect(await find('/items', 'bucherschranke')).toEqual([id]);
    expect(await find('/items', 'bucherregal')).toEqual([]);
  });
});

describe.each(NAMES.slice(0, 20))('the name %s', (name) => {
  it('is found in lists of stores and tags by each word without its marks', async () => {
    const { id } = await createStore(store.owner, name);
    const tag = await createTag(store, name);
    for (const word of wordsOf(name)) {
      for (const q of [fold(word), fold(word).toUpperCase(), word]) {
        expect(await find('/stores', q)).toContain(id);
        expect(await find('/stores', `${q} ${name}`)).toEqual([id]);
        expect(await find(`/stores/${store.id}/tags`, q)).toContain(tag.id);
      }
    }
  });
});

describe('GET /users?q=', () => {
  it.each(['josé.müller@example.com', 'łukasz@example.com', 'ΝΙΚΟΣ.γ@example.com'])(
    'finds %s without its marks',
    async (email) => {
      const { id } = await createUser(app, email);
      const [local = ''] = email.split('@');
      expect(await find('/users', fold(local), admin)).toEqual([id]);
      expect(await find('/users', local.toUpperCase(), admin)).toEqual([id]);
    },
  );
});
