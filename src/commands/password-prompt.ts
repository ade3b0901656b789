import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError } from './command-error';
import { Interruption, statusOf } from './interruption';

type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/**
 * Longer than every password, in bytes. Reading stops there, so that a large file on standard input is refused quickly.
 */
const LONGEST_INPUT = 65_536;

/**
 * Asks for a password twice on a terminal, without showing it. Without a terminal it reads one line from standard
 * input.
 *
 * @throws CommandError when there is no password, or more than one line; Interruption after Ctrl-C
 */
export async function askForPassword(
  input: Input = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  if (!input.isTTY) return onlyLine(await readAll(input));
  const [password = '', again] = await ask(['Password: ', 'Again: '], input, output);
  if (password !== again) throw new CommandError('The two passwords are not the same.');
  return password;
}

/**
 * Asks for the password of an account once, on a terminal.
 *
 * @throws CommandError when there is none; Interruption after Ctrl-C
 */
export async function askForKnownPassword(
  input: Input = process.stdin,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  const [password = ''] = await ask(['Password: '], input, output);
  return password;
}

/** Returns the answers to all prompts. A paste can contain several answers. */
function ask(prompts: string[], input: Input, output: NodeJS.WritableStream): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const nowhere = new Writable({
      write: (_chunk, _encoding, done) => {
        done();
      },
    });
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
    const answers: string[] = [];
    const prompt = () => output.write(prompts[answers.length] ?? '');
    prompt();
    reader.on('line', (answer) => {
      answers.push(answer);
      if (answers.length < prompts.length) {
        output.write('\n');
        prompt();
      } else {
        resolve(answers);
        reader.close();
      }
    });
    reader.on('SIGINT', () => {
      reject(new Interruption(statusOf('SIGINT')));
      reader.close();
    });
    // This event also comes after Ctrl-D, and after the promise was settled, when it has no effect.
    reader.on('close', () => {
      output.write('\n');
      reject(new CommandError('No password was given.'));
    });
  });
}

async function readAll(input: Input): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_INPUT) throw new CommandError('Standard input is too long for a password.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function onlyLine(input: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(input);
  } catch (error) {
    throw new CommandError('Standard input is not text in UTF-8.', { cause: error });
  }
  const [line = '', ...others] = text.split(/\r?\n/);
  if (others.some((other) => other !== '')) throw new CommandError('Standard input has more than one line.');
  return line;
}
