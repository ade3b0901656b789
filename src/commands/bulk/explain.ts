import { ConnectionError, isProblem } from '#client';
import { CommandError } from '../command-error';

/** What a problem document says to a person. */
export interface Refusal {
  readonly detail: string;
  readonly errors?: readonly { pointer?: string; parameter?: string; message: string }[];
}

/** One sentence, or a few that belong together. */
export function describeRefusal({ detail, errors = [] }: Refusal): string {
  const faults = errors.map(({ pointer, parameter, message }) => `${parameter ?? pointer ?? ''} ${message}`);
  return printable(
    faults.length > 0 ? `${detail.replace(/; see errors\.$/, ':')} ${faults.join('; ')}.` : detail,
  );
}

/** Text from a file or a server cannot move the cursor of the terminal, or turn the direction of other text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\u{FFFD}');
}

/** Turns what the client throws into messages of the command line. */
export function explain(error: unknown, url: string): unknown {
  if (isProblem(error)) {
    const { message: detail, errors } = error;
    return new CommandError(describeRefusal({ detail, errors }), {
      cause: error,
    });
  }
  if (error instanceof ConnectionError) {
    return error.status === undefined ? noAnswer(url, error) : notEmporium(url, error.status);
  }
  return error;
}

export function noAnswer(url: string, error: unknown): CommandError {
  return new CommandError(`No server answers at ${url} (${reason(error)}).`, { cause: error });
}

export function notEmporium(url: string, status: number): CommandError {
  return new CommandError(`What answers at ${url} (with status ${status}) is not Emporium.`);
}

/** The code of the innermost error that has one. */
function reason(error: unknown): string {
  const { cause, code, message } = error as NodeJS.ErrnoException;
  return cause === undefined ? (code ?? message) : reason(cause);
}
