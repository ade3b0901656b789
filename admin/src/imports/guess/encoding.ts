/** The encodings that the API reads. */
export const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** With more zero bytes than this at odd places, every other byte is the upper half of a character. */
const LEAST_ZEROS = 0.3;

/** Every text is valid in windows-1252, so that comes last. */
export function guessEncoding(bytes: Uint8Array): Encoding {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || shareOfZeros(bytes) > LEAST_ZEROS) return 'utf-16le';
  try {
    // As a stream, because the sample can end within a character.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

function shareOfZeros(bytes: Uint8Array): number {
  let zeros = 0;
  for (let index = 1; index < bytes.length; index += 2) if (bytes[index] === 0) zeros++;
  return zeros / Math.max(1, bytes.length / 2);
}

/** Characters that the encoding does not have are shown by U+FFFD; the API would refuse them. */
export function decodeSample(bytes: Uint8Array, encoding: Encoding): string {
  return new TextDecoder(encoding).decode(bytes, { stream: true });
}
