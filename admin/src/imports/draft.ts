import { type Choices, readSample, type Reading, type Sample } from './guess/reading';
import { DEFAULT_OPTIONS, type Options } from './import';

/** A file that is to be imported, and how. */
export interface Draft {
  storeId: number;
  file: File;
  sample: Sample;
  choices: Choices;
  options: Options;
}

/** So much of a file is looked at, however large it is. */
const SAMPLE_BYTES = 64 * 1024;

/** It outlives the page of the wizard, so that a preview can be made again without choosing the file again. */
let kept: Draft | undefined;

export const keptDraft = (storeId: number) => (kept?.storeId === storeId ? kept : undefined);

export function keepDraft(draft: Draft): Draft {
  kept = draft;
  return draft;
}

/** @throws DOMException if the file cannot be read, for example because it is a folder */
export async function startDraft(storeId: number, file: File): Promise<Draft> {
  const bytes = new Uint8Array(await file.slice(0, SAMPLE_BYTES).arrayBuffer());
  const sample = { bytes, isWhole: file.size <= SAMPLE_BYTES, fileName: file.name };
  return keepDraft({ storeId, file, sample, choices: {}, options: DEFAULT_OPTIONS });
}

export const readingOf = ({ sample, choices }: Draft): Reading => readSample(sample, choices);
