import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, temporaryDirectory } from './support/process';

const ROOT = path.join(__dirname, '..');

interface Report {
  /** the temporary directory of the run, and the data directory of its PostgreSQL */
  folders: [string, string];
  /** a worker, a process that it has started, and the PostgreSQL of the run and of that process */
  processes: number[];
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

const runningOf = async (processes: number[]) =>
  (await Promise.all(processes.map(isRunning))).filter((running) => running).length;

describe.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('a run of the tests that ends by %s', (signal) => {
  it('leaves no process and no folder', async () => {
    const { path: folder, remove } = await temporaryDirectory();
    const file = path.join(folder, 'report.json');
    // With a limit for the memory of workers even a single suite runs in one.
    const args = [
      '--testRegex',
      'test/support/endless\\.ts$',
      '--maxWorkers=1',
      '--workerIdleMemoryLimit=4GB',
    ];
    const runner = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
      cwd: ROOT,
      env: { ...process.env, TEST_DATABASE_URL: '', ENDLESS_REPORT: file },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => runner.once('exit', resolve));
    await until(() => existsSync(file) || runner.exitCode !== null);
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    const pids = [...report.processes, runner.pid ?? 0];
    expect(new Set(pids).size).toBe(5);
    expect(await runningOf(pids)).toBe(5);
    expect(path.dirname(report.folders[0])).toBe(process.env.TMPDIR);
    expect(report.folders.every(existsSync)).toBe(true);

    runner.kill(signal);
    await ended;
    await until(async () => (await runningOf(pids)) === 0);
    await until(() => !report.folders.some(existsSync));
    await remove();
  });
});
