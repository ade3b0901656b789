import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';
import { withClient } from '../support/database';
import { type Instance } from '../support/instance';
import { KILLS_PER_MINUTE } from '../support/own-postgres';
import { postmasterIn, signalPostgres } from '../support/postmaster';
import { type Random } from './random';

/** Lets things fail, one after the other, at moments that the seed decides. */
export class Nemesis {
  /** how often each has happened */
  readonly done: Record<string, number> = {};
  private kills: number[] = [];

  constructor(
    private readonly random: Random,
    private readonly postgres: EmbeddedPostgres,
    private readonly instances: readonly Instance[],
  ) {}

  async run(isOver: () => boolean): Promise<void> {
    const faults = {
      'instances killed': () => this.killInstance(),
      'backends terminated': () => this.terminateBackends(),
      'PostgreSQL frozen': () => this.freezePostgres(),
      'PostgreSQL killed': () => this.killPostgres(),
    };
    while (!isOver()) {
      await sleep(this.random.between(300, 1500));
      let name = this.random.of(Object.keys(faults) as (keyof typeof faults)[]);
      if (name === 'PostgreSQL killed') {
        this.kills = this.kills.filter((time) => time > Date.now() - 60_000);
        if (this.kills.length === KILLS_PER_MINUTE) name = 'PostgreSQL frozen';
        else this.kills.push(Date.now());
      }
      await faults[name]();
      this.done[name] = (this.done[name] ?? 0) + 1;
    }
  }

  private async killInstance(): Promise<void> {
    const instance = this.random.of(this.instances);
    await instance.end('SIGKILL');
    await sleep(this.random.between(0, 300));
    await instance.start();
  }

  private async terminateBackends(): Promise<void> {
    await withClient(this.postgres.connection, (client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
    ).catch(() => undefined);
  }

  private async freezePostgres(): Promise<void> {
    const pids = await this.processesOfPostgres();
    signalPostgres(pids, 'SIGSTOP');
    await sleep(this.random.between(200, 3000));
    signalPostgres(pids, 'SIGCONT');
  }

  /** Its other processes end themselves then, and the process of this test starts it again. */
  private async killPostgres(): Promise<void> {
    signalPostgres((await this.processesOfPostgres()).slice(0, 1), 'SIGKILL');
    await this.untilAnswered();
  }

  private async untilAnswered(): Promise<void> {
    const isThere = () => withClient(this.postgres.connection, (client) => client.query('SELECT 1'));
    while (!(await isThere().then(Boolean, () => false))) await sleep(50);
  }

  /** The postmaster, and then its children. */
  private async processesOfPostgres(): Promise<number[]> {
    const postmaster = postmasterIn(this.postgres.directory);
    if (postmaster === undefined) return [];
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const parents = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
    );
    // The name of the process, in parentheses, can have spaces.
    const parentOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    return [postmaster, ...pids.filter((_pid, i) => parentOf(parents[i] ?? '') === postmaster).map(Number)];
  }
}
