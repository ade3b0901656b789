import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type FunctionAnswer } from '../../src/function/answer-of';
import { builtFunction } from './built-function';

/** The function as it is deployed, in a process of its own, which can be frozen like a container. */
export class FunctionProcess {
  /** all that it wrote on both outputs */
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown[]>;

  constructor(settings: Record<string, string>) {
    const { PATH, TMPDIR } = process.env;
    this.child = fork(path.join(__dirname, 'function-runner.cjs'), {
      cwd: builtFunction(),
      env: { PATH, TMPDIR, ...settings },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    this.exited = once(this.child, 'close');
  }

  /** Rejects when the handler does, or when the process ends. */
  readonly invoke = async (event: object): Promise<FunctionAnswer> => {
    const message = once(this.child, 'message');
    this.child.send(event);
    const ended = this.exited.then(() => {
      throw new Error(`the function has ended:\n${this.output}`);
    });
    const [{ answer, error }] = (await Promise.race([message, ended])) as [
      { answer?: FunctionAnswer; error?: string },
    ];
    if (!answer) throw new Error(error ?? 'no answer');
    return answer;
  };

  /** Waits for the first line of the log with this text. */
  readonly line = async (text: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = this.output.split(/(?<=\n)/).find((each) => each.includes(text) && each.endsWith('\n'));
      if (found !== undefined) return JSON.parse(found) as Record<string, unknown>;
      if (this.child.stdout) await once(this.child.stdout, 'data');
    }
  };

  /** Nothing runs until `thaw`. */
  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** @returns the exit status */
  async ended(): Promise<unknown> {
    return (await this.exited)[0];
  }

  async end(): Promise<unknown> {
    this.thaw();
    this.child.kill('SIGTERM');
    return this.ended();
  }
}
