import { translate } from '../i18n/provider';
import { PanelError } from '../panel-error';
import { type Choices, readSample, type Reading, type Sample } from './guess/reading';
import { takeSample } from './guess/sample';
import { DEFAULT_OPTIONS, type Options } from './import';

/** A file that is to be imported, and how. */
export interface Draft {
  storeId: number;
  file: File;
  sample: Sample;
  choices: Choices;
  options: Options;
}

/** It outlives the page of the wizard, so that a preview can be made again without choosing the file again. */
let kept: Draft | undefined;

export const keptDraft = (storeId: number) => (kept?.storeId === storeId ? kept : undefined);

export function keepDraft(draft: Draft): Draft {
  kept = draft;
  return draft;
}

/** How files begin that are often taken for text: of spreadsheets and archives, PDF, old spreadsheets, and gzip. */
const NO_TEXT: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x25, 0x50, 0x44, 0x46],
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x1f, 0x8b],
];

/**
 * @throws PanelError if it is no text, or empty; DOMException if the file cannot be read, for example because it is a folder
 */
export async function startDraft(storeId: number, file: File): Promise<Draft> {
  const sample = await takeSample(file);
  const { bytes } = sample;
  if (bytes.length === 0) throw new PanelError(translate('emporium.imports.empty_file'), 400);
  if (NO_TEXT.some((beginning) => beginning.every((byte, index) => bytes[index] === byte)))
    throw new PanelError(translate('emporium.imports.no_text'), 400);
  return keepDraft({ storeId, file, sample, choices: {}, options: DEFAULT_OPTIONS });
}

export const readingOf = ({ sample, choices }: Draft): Reading => readSample(sample, choices);
