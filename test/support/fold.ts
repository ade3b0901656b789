/** Vowel signs of scripts that spell vowels with marks: they are letters. The marks of the scripts named here are not. */
const VOWEL_SIGN =
  /(?=\p{M})(?=\p{Alphabetic})[^\p{sc=Zinh}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Glag}\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}]/u;

export const isMark = (character: string) => /^\p{M}$/u.test(character) && !VOWEL_SIGN.test(character);

const PLAIN: Readonly<Record<string, string>> = {
  ...{ ς: 'σ', ß: 'ss', ı: 'i' },
  ...{ ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd' },
};

/** The contract's fold for search, in plain JavaScript. */
export function fold(text: string): string {
  const characters = Array.from(text.normalize('NFKD')).filter((character) => !isMark(character));
  return Array.from(characters.join('').toLowerCase(), (letter) => PLAIN[letter] ?? letter).join('');
}
