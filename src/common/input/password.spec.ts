import { normalizePassword, passwordFault } from './password';

const LENGTH = 'must have 8 to 128 characters';
const COMMON = 'must not be a commonly used password';
const EMAIL = 'must not be the e-mail address';

describe('normalizePassword', () => {
  it.each([
    ['composes what belongs together', 'Cre\u0301me', 'Cr\u00e9me'],
    ['takes full-width letters for letters', '\uff50\uff41\uff53\uff53', 'pass'],
    ['takes ligatures apart', '\ufb01sh', 'fish'],
    ['takes a no-break space for a space', 'a\u00a0b', 'a b'],
    ['keeps spaces at both ends', '  ab  ', '  ab  '],
    ['keeps case', 'aB', 'aB'],
    ['keeps controls', 'a\tb\u0000', 'a\tb\u0000'],
    ['keeps emoji', '🦊🌲', '🦊🌲'],
  ])('%s', (_what, given, normal) => {
    expect(normalizePassword(given)).toBe(normal);
    expect(normalizePassword(normal)).toBe(normal);
  });
});

describe('passwordFault', () => {
  it.each([
    'correct horse battery',
    'xK9#mq2!',
    '        ',
    '🦊🌲🦊🌲🦊🌲🦊🌲',
    '🦊'.repeat(128),
    'ключ от квартиры',
    'a\u0000b\tc\nd e f',
    'xK9#mq2!'.repeat(16),
  ])('takes %j', (password) => {
    expect(passwordFault(password, 'ada@example.com')).toBeUndefined();
    expect(passwordFault(password)).toBeUndefined();
  });

  it.each([undefined, null, 12345678, true, ['xK9#mq2!'], { length: 8 }])('refuses %j', (value) => {
    expect(passwordFault(value)).toBe('must be text');
  });

  it.each(['', 'xK9#mq2', '🦊'.repeat(7), '🦊'.repeat(129), 'xK9#mq2!'.repeat(16) + 'x'])(
    'refuses the length of %j',
    (password) => {
      expect(passwordFault(password)).toBe(LENGTH);
    },
  );

  it.each(['xK9#mq2!\ud800', '\udc00xK9#mq2!', 'xK9#\ud83dmq2!'])(
    'refuses a lone surrogate: %j',
    (password) => {
      expect(passwordFault(password)).toBe('must be well-formed Unicode');
    },
  );

  it.each([
    'password',
    'PASSWORD',
    'Password1',
    '12345678',
    'qwertyuiop',
    'iloveyou',
    'trustno1',
    'sunshine',
  ])('refuses %s, which is common', (password) => {
    expect(passwordFault(password)).toBe(COMMON);
  });

  it('finds a common password in another spelling', () => {
    expect(passwordFault(normalizePassword('ｐａｓｓｗｏｒｄ'))).toBe(COMMON);
  });

  it('takes a common one within a longer one', () => {
    expect(passwordFault('password of the tall fox')).toBeUndefined();
  });

  it.each([
    ['ada.long@example.com', 'ada.long@example.com'],
    ['Ada.Long@Example.com', 'ada.long@example.COM'],
    ['ada.long@example.com', 'ADA.LONG@EXAMPLE.COM'],
    // An address may be written in letters that a password is not kept in.
    [normalizePassword('ａｄａ＠example.com'), 'ａｄａ@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ADA@BÜCHER.example', 'ada@xn--bcher-kva.example'],
  ])('refuses %s for the account %s', (password, email) => {
    expect(passwordFault(password, email)).toBe(EMAIL);
  });

  it('takes the address of somebody else, and more than the address', () => {
    expect(passwordFault('bob.long@example.com', 'ada.long@example.com')).toBeUndefined();
    expect(passwordFault('ada.long@example.com!', 'ada.long@example.com')).toBeUndefined();
    expect(passwordFault('ada.long@example.com')).toBeUndefined();
  });
});
