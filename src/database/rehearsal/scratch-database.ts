import pg from 'pg';
import { type DataSource, type QueryRunner } from 'typeorm';
import { LOCKS } from '../locks';
import { DatabaseUnsuitableError } from '../server-checks';
import { type Locale, type Source } from './source';

/** The rest of the name is the object id of the real database, so that each has one scratch database at most. */
const PREFIX = 'emporium_upgrade_check_';

const PROVIDERS: Readonly<Record<string, { provider: string; parameter?: string }>> = {
  c: { provider: 'libc' },
  i: { provider: 'icu', parameter: 'ICU_LOCALE' },
  b: { provider: 'builtin', parameter: 'BUILTIN_LOCALE' },
};

/** The database in which an upgrade is rehearsed, on the same server as the real one. */
export class ScratchDatabase {
  readonly name: string;

  /** @param runner its session on the real database keeps the lock, and creates and drops the scratch database */
  constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
    private readonly source: Source,
  ) {
    this.name = `${PREFIX}${source.oid}`;
  }

  /**
   * Takes a lock, which ends with the session. Whoever has it knows that a scratch database which exists is one that a
   * killed command has left.
   *
   * @throws DatabaseUnsuitableError
   */
  async reserve(): Promise<void> {
    const [lock] = (await this.runner.query('SELECT pg_try_advisory_lock($1) AS taken', [
      LOCKS.upgradeCheck,
    ])) as [{ taken: boolean }];
    if (!lock.taken) {
      throw new DatabaseUnsuitableError(
        `Another upgrade-check of the database ${this.source.name} is running. Try again when it has ended.`,
      );
    }
  }

  /** Drops what killed commands have left for this database, and for databases that no longer exist. */
  async removeLeftovers(): Promise<string[]> {
    const leftovers = (await this.runner.query(
      `SELECT datname AS name FROM pg_database d
       WHERE datname = $1 OR (datname ~ ('^' || $2 || '[0-9]+$')
         AND NOT EXISTS (SELECT FROM pg_database WHERE oid::text = substr(d.datname, length($2) + 1)))
       ORDER BY datname`,
      [this.name, PREFIX],
    )) as { name: string }[];
    for (const { name } of leftovers) await this.drop(name);
    return leftovers.map(({ name }) => name);
  }

  /** @throws DatabaseUnsuitableError */
  async create(): Promise<void> {
    const [role] = (await this.runner.query(
      `SELECT quote_ident(rolname) AS name, rolcreatedb OR rolsuper AS may_create FROM pg_roles
       WHERE rolname = current_user`,
    )) as [{ name: string; may_create: boolean }];
    if (!role.may_create) {
      throw new DatabaseUnsuitableError(
        `The role ${role.name} may not create the scratch database. A superuser can allow it with ` +
          `ALTER ROLE ${role.name} CREATEDB, and take it back with ALTER ROLE ${role.name} NOCREATEDB.`,
      );
    }
    const options = `TEMPLATE template0 ENCODING 'UTF8' ${localeClause(this.source.locale)}`;
    try {
      await this.runner.query(`CREATE DATABASE ${this.name} ${options}`);
    } catch (error) {
      throw new DatabaseUnsuitableError(
        `The scratch database ${this.name} could not be created: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  /** Drops it, whoever is connected to it. @throws DatabaseUnsuitableError */
  async remove(): Promise<void> {
    await this.drop(this.name);
  }

  private async drop(name: string): Promise<void> {
    const statement = `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`;
    try {
      // After a loss of the session, the pool opens a new one.
      await this.runner.query(statement).catch(() => this.dataSource.query(statement));
    } catch (error) {
      throw new DatabaseUnsuitableError(
        `The scratch database ${name} could not be removed: ${(error as Error).message}. ` +
          `The next upgrade-check tries it again; its owner or a superuser can run DROP DATABASE ${name}.`,
        { cause: error },
      );
    }
  }
}

function localeClause({ provider, collate, ctype, locale }: Locale): string {
  const known = PROVIDERS[provider];
  const clauses = [`LC_COLLATE ${pg.escapeLiteral(collate)}`, `LC_CTYPE ${pg.escapeLiteral(ctype)}`];
  if (known) clauses.push(`LOCALE_PROVIDER ${known.provider}`);
  if (known?.parameter !== undefined && locale !== null) {
    clauses.push(`${known.parameter} ${pg.escapeLiteral(locale)}`);
  }
  return clauses.join(' ');
}
