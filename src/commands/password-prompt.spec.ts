import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandError } from './command-error';
import { Interruption } from './interruption';
import { askForKnownPassword, askForPassword } from './password-prompt';

describe('askForPassword on standard input', () => {
  const piped = (...chunks: (string | Buffer)[]) => {
    const input = new PassThrough();
    for (const chunk of chunks) input.write(chunk);
    input.end();
    return askForPassword(input, new PassThrough());
  };

  it.each([
    ['a line', ['correct horse\n'], 'correct horse'],
    ['a line without an end', ['correct horse'], 'correct horse'],
    ['a line of Windows', ['correct horse\r\n'], 'correct horse'],
    ['a line and empty ones', ['correct horse\n\n\r\n'], 'correct horse'],
    ['white space around', ['  correct horse \t\n'], '  correct horse \t'],
    [
      'letters of any kind, cut in two',
      [Buffer.from('h\u00fc').subarray(0, 2), Buffer.from('\u00fc').subarray(1)],
      'h\u00fc',
    ],
    ['nothing', [], ''],
  ])('takes %s', async (_what, chunks, password) => {
    expect(await piped(...chunks)).toBe(password);
  });

  it.each([
    ['two lines', ['one\ntwo\n'], 'Standard input has more than one line.'],
    ['a line after an empty one', ['\none\n'], 'Standard input has more than one line.'],
    [
      'other bytes than UTF-8',
      [Buffer.from('caf\u00e9 cr\u00e8me', 'latin1')],
      'Standard input is not text in UTF-8.',
    ],
    [
      'far too much',
      Array<Buffer>(70).fill(Buffer.alloc(1000)),
      'Standard input is too long for a password.',
    ],
  ])('refuses %s', async (_what, chunks, reason) => {
    const refused = piped(...chunks);
    await expect(refused).rejects.toThrow(CommandError);
    await expect(refused).rejects.toThrow(reason);
  });
});

describe('askForPassword on a terminal', () => {
  const typed = async (...keys: string[]) => {
    const input = Object.assign(new PassThrough(), { isTTY: true });
    const output = new PassThrough();
    const asked = askForPassword(input, output).finally(() => output.end());
    for (const key of keys) input.write(key);
    const [answer, shown] = await Promise.allSettled([asked, text(output)]);
    return { answer, shown: shown.status === 'fulfilled' ? shown.value : '' };
  };

  it.each([
    [['correct horse\r', 'correct horse\r']],
    [['correct horse\rcorrect horse\r']],
    [['correct horsee\u007f\r', 'correct horse\r']],
  ])('takes %j, and shows nothing of it', async (keys) => {
    const { answer, shown } = await typed(...keys);
    expect(answer).toEqual({ status: 'fulfilled', value: 'correct horse' });
    expect(shown).toBe('Password: \nAgain: \n');
  });

  it('refuses two that differ', async () => {
    const { answer } = await typed('correct horse\r', 'correct house\r');
    expect(answer).toEqual({
      status: 'rejected',
      reason: new CommandError('The two passwords are not the same.'),
    });
  });

  it.each([[['\u0004']], [['correct horse\r', '\u0004']]])('says at %j that there is none', async (keys) => {
    const { answer, shown } = await typed(...keys);
    expect(answer).toEqual({ status: 'rejected', reason: new CommandError('No password was given.') });
    expect(shown).toMatch(/\n$/);
  });

  it('ends at Ctrl-C with the status of one', async () => {
    const { answer } = await typed('correct', '\u0003');
    expect(answer).toEqual({ status: 'rejected', reason: expect.any(Interruption) as Interruption });
    expect(answer).toMatchObject({ reason: { status: 130 } });
  });
});

it('askForKnownPassword asks once, and shows nothing of the answer', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  const asked = askForKnownPassword(input, output).finally(() => output.end());
  input.write('correct horse\r');
  expect(await asked).toBe('correct horse');
  expect(await text(output)).toBe('Password: \n');
});
