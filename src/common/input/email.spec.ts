import fc from 'fast-check';
import { emailFault, MAX_EMAIL_LENGTH, normalizeEmail } from './email';
import { anyCharacter } from '../../../test/support/any-character';

const faultOf = (value: string) => emailFault(normalizeEmail(value));

/** The pattern of WHATWG HTML, word for word. */
const BROWSER =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;

const label = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?$/);
const asciiAddress = fc
  .tuple(
    fc.stringMatching(/^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,30}$/),
    fc.array(label, { minLength: 1, maxLength: 4 }),
  )
  .map(([local, labels]) => `${local}@${labels.join('.')}`);

describe('emailFault', () => {
  it.each([
    'ada@example.com',
    'a..b@docomo.ne.jp',
    '.ada.@example.com',
    'ada@localhost',
    'ada+tag@1.2.3.4',
    'ada@xn--a',
    `ada@${'a'.repeat(63)}.example`,
    `${'a'.repeat(MAX_EMAIL_LENGTH - '@example.com'.length)}@example.com`,
    'ädä@example.com',
    '用户@例子.广告',
    'अजय@डाटा.भारत',
    'نامه\u200cای@example.com',
    'user@bücher.example',
    '"Ada Lovelace"@example.com',
    '"a\\"b@c"@example.com',
  ])('accepts %s', (address) => {
    expect(faultOf(address)).toBeUndefined();
  });

  it.each([
    '',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@example.com.',
    'ada@.example.com',
    'ada@example..com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@exa_mple.com',
    'ada@[1.2.3.4]',
    'ada@example.com:25',
    'ada@b%C3%BCcher.example',
    'ada@bücher.example/path',
    'ada@b\u00fc%41.example',
    'ada@bücher..example',
    'ada@bü_cher.example',
    'ada@\u200d.example',
    `ada@${'a'.repeat(64)}.example`,
    `ada@${'ü'.repeat(64)}.example`,
    'ada lovelace@example.com',
    'ada\u00a0lovelace@example.com',
    'ada\u200blovelace@example.com',
    'ada\u202elovelace@example.com',
    'ada@example.com, bob@example.com',
    'Ada <ada@example.com>',
    'ada\u0000@example.com',
    'ada@example.com\nbcc: eve@example.com',
    '"ada"lovelace"@example.com',
    '"ada\\"@example.com',
    '""@example.com',
    `${'a'.repeat(MAX_EMAIL_LENGTH - '@example.com'.length + 1)}@example.com`,
  ])('refuses %j', (address) => {
    expect(faultOf(address)).toEqual(expect.any(String));
  });

  it('counts the characters of the form that is stored, and of the one that is given', () => {
    const domain = `${'bücher.'.repeat(8)}example`;
    const stored = normalizeEmail(`@${domain}`).length;
    expect(stored).toBeGreaterThan(domain.length + 1);
    expect(faultOf(`${'a'.repeat(MAX_EMAIL_LENGTH - stored)}@${domain}`)).toBeUndefined();
    expect(faultOf(`${'a'.repeat(MAX_EMAIL_LENGTH - stored + 1)}@${domain}`)).toBe(
      'must have 1 to 254 characters',
    );
    // Soft hyphens vanish from a domain; that is no way to send a megabyte.
    expect(faultOf(`ada@b\u00fc${'\u00ad'.repeat(300)}cher.example`)).toBe('must have 1 to 254 characters');
  });

  it('accepts whatever a browser accepts, and of ASCII nothing else but quoted local parts', () => {
    fc.assert(fc.property(asciiAddress, (address) => faultOf(address) === undefined));
    const near = fc.oneof(
      asciiAddress.chain((address) =>
        fc
          .nat(address.length)
          .chain((at) =>
            fc.stringMatching(/^[!-~]$/).map((insert) => address.slice(0, at) + insert + address.slice(at)),
          ),
      ),
      fc.stringMatching(/^[!-~]{1,20}@[!-~]{1,20}$/),
    );
    fc.assert(
      fc.property(near, (address) => {
        if (!address.startsWith('"')) expect(faultOf(address) === undefined).toBe(BROWSER.test(address));
      }),
      { numRuns: 2000 },
    );
  });

  it('never takes long', () => {
    const begin = performance.now();
    for (const part of ['a', '.', '"', '\\a', '"\\"', 'a@', 'ü', '\u200c', 'a-', '-', '1.']) {
      faultOf(part.repeat(100_000));
      emailFault(`${part.repeat(Math.floor(250 / part.length))}!`);
      emailFault(`a@${part.repeat(Math.floor(250 / part.length))}!`);
    }
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

describe('normalizeEmail', () => {
  it.each([
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
    ['user@BÜCHER.Example', 'user@xn--bcher-kva.example'],
    ['user@bu\u0308cher.example', 'user@xn--bcher-kva.example'],
    ['user@bücher。example', 'user@xn--bcher-kva.example'],
    ['user@ｂücher.example', 'user@xn--bcher-kva.example'],
    ['  Ada@bücher.example ', 'Ada@xn--bcher-kva.example'],
    ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
    ['"a@bücher"@bücher.example', '"a@bücher"@xn--bcher-kva.example'],
    ['user@faß.example', 'user@xn--fa-hia.example'],
  ])('makes %s %s', (given, stored) => {
    expect(normalizeEmail(given)).toBe(stored);
  });

  it.each([
    'Ada@Example.COM',
    'a@XN--BCHER-KVA.example',
    'a..b@1.2',
    'ada@0x7f',
    'bücher',
    'a@ü/b',
    'a@ü%41',
  ])('leaves %s as it is', (address) => {
    expect(normalizeEmail(address)).toBe(address);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.string({ unit: anyCharacter }), (local, domain) => {
        const once = normalizeEmail(`${local}@${domain}`);
        expect(normalizeEmail(once)).toBe(once);
      }),
    );
  });

  it('makes one of all spellings of a domain', () => {
    const letters = fc.stringMatching(/^[a-zà-öø-þ]{1,15}$/u).filter((text) => /[^a-z]/.test(text));
    fc.assert(
      fc.property(letters, (word) => {
        const stored = normalizeEmail(`ada@${word}.example`);
        expect(stored).toMatch(/^ada@xn--[a-z0-9-]+\.example$/);
        for (const spelling of [
          word.toUpperCase(),
          word.normalize('NFD'),
          word.toUpperCase().normalize('NFD'),
        ]) {
          expect(normalizeEmail(`ada@${spelling}.example`)).toBe(stored);
        }
      }),
    );
  });
});
