import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from './client';

const ROOT = path.join(__dirname, '..', '..');

/** On a busy machine a request of a set-up may take longer than requests usually may. */
const DEFAULTS = { PORT: '0', REQUEST_TIMEOUT: '30000' };

/** The compiled program in a process of its own, as `npm start` runs it. */
export class EmporiumProcess {
  /** All that it wrote on both outputs. */
  output = '';
  stdout = '';
  stderr = '';
  readonly exited: Promise<number | string>;

  private constructor(private readonly child: ChildProcess) {
    const collect = (stream: 'stdout' | 'stderr') => (chunk: Buffer) => {
      this.output += chunk.toString();
      this[stream] += chunk.toString();
    };
    child.stdout?.on('data', collect('stdout'));
    child.stderr?.on('data', collect('stderr'));
    // All of its output is there by then.
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        resolve(signal ?? code ?? 0);
      });
    });
  }

  /** Starts `dist/main.js`, or another command of the repository, with nothing of the test's own environment. */
  static spawn(settings: Record<string, string>, args = ['dist/main.js'], input = ''): EmporiumProcess {
    const { PATH, TMPDIR } = process.env;
    const env = { PATH, TMPDIR, ...DEFAULTS, ...settings };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['pipe', 'pipe', 'pipe'] });
    // A command that reads nothing may have gone before.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new EmporiumProcess(child);
  }

  /** Starts it through npm, as people do. The tests run on a build of the same sources, so it does not build. */
  static npmStart(settings: Record<string, string>): EmporiumProcess {
    const { PATH, HOME, TMPDIR } = process.env;
    const env = { PATH, HOME, TMPDIR, ...DEFAULTS, ...settings };
    return new EmporiumProcess(
      spawn('npm', ['start'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get lines(): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The log line with this message, as soon as it is there. */
  async line(message: string, patience = 120_000): Promise<Record<string, unknown>> {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = this.lines.find(({ msg }) => msg === message);
      if (found) return found;
      if (Date.now() > deadline || this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`"${message}" was not logged:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The API, as soon as it listens. */
  async api(): Promise<Client> {
    return new Client((await this.line('listening')).url as string);
  }

  async kill(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** An empty directory that root's database user can enter too. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'emporium-process-'));
  await chmod(directory, 0o755);
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A dead process that nobody has collected yet does not run. */
export async function isRunning(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return state !== undefined && !state.includes(') Z ');
}
