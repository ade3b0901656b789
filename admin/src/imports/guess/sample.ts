import { readSample, type Sample } from './reading';

/** So much of a file is looked at, however large it is. */
const BYTES = 64 * 1024;

/** If that does not hold the header and a row: the API takes rows of up to 256 KiB. */
const MOST_BYTES = 512 * 1024;

/** @throws DOMException if the file cannot be read */
export async function takeSample(file: File): Promise<Sample> {
  const sample = await beginningOf(file, BYTES);
  const isEnough = sample.isWhole || readSample(sample).rows.length > 0;
  return isEnough ? sample : beginningOf(file, MOST_BYTES);
}

async function beginningOf(file: File, length: number): Promise<Sample> {
  const bytes = new Uint8Array(await file.slice(0, length).arrayBuffer());
  return { bytes, isWhole: file.size <= length, fileName: file.name };
}
