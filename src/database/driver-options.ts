import { type ConnectionOptions as TlsOptions } from 'node:tls';
import type pg from 'pg';

/** The address of a database, and the user that connects to it. */
export interface DriverAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string | undefined;
  readonly database: string;
  readonly tls?: TlsOptions | false;
  readonly directTls?: boolean;
  readonly options?: string;
  readonly applicationName?: string | undefined;
}

/**
 * The options of the driver, each with a value. For a missing or empty option the driver would read environment
 * variables (PGHOST, PGSSLMODE, PGOPTIONS, PGREPLICATION and others), and for a missing password also the file
 * `~/.pgpass`.
 */
export function explicitOptions(address: DriverAddress, applicationName = 'emporium tools'): pg.ClientConfig {
  const { host, port, user, database, tls = false, directTls = false, options } = address;
  return {
    host,
    port,
    user,
    database,
    password: orElse(address.password, noPassword),
    ssl: tls,
    sslnegotiation: directTls ? 'direct' : 'postgres',
    options: orElse(options, NO_OPTIONS),
    application_name: orElse(address.applicationName, applicationName),
    client_encoding: 'UTF8',
    ...NO_REPLICATION,
  };
}

/** A space, because the driver ignores an empty text, and the server ignores a space. */
export const NO_OPTIONS = ' ';

/** The driver's types do not have this option. */
const NO_REPLICATION = { replication: 'false' };

/** The driver treats an empty text like a missing one. */
function orElse<T>(value: string | undefined, otherwise: T): string | T {
  return value === undefined || value === '' ? otherwise : value;
}

function noPassword(): never {
  throw new Error('the server asks for a password, and none is given');
}
