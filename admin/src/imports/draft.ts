import { translate } from '../i18n/provider';
import { PanelError } from '../panel-error';
import { type Choices, readSample, type Reading, type Sample } from './guess/reading';
import { takeSample } from './guess/sample';
import { faultOf } from './guess/sample-fault';
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

/**
 * @throws PanelError if the API would refuse it; DOMException if the file cannot be read, for example because it is a folder
 */
export async function startDraft(storeId: number, file: File): Promise<Draft> {
  const sample = await takeSample(file);
  const fault = faultOf(sample);
  if (fault) throw new PanelError(translate(`emporium.imports.${fault}`), 400);
  return keepDraft({ storeId, file, sample, choices: {}, options: DEFAULT_OPTIONS });
}

export const readingOf = ({ sample, choices }: Draft): Reading => readSample(sample, choices);
