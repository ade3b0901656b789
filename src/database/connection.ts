import type pg from 'pg';
import { parseDatabaseUrl } from '../config/database-url';
import { type DriverAddress, explicitOptions } from './driver-options';

/** Where the database is: a URL, or the socket of the embedded server. */
export type DatabaseConnection =
  | {
      readonly url: string;
      /** another database on the server of the URL */
      readonly database?: string;
    }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

/** The connection as options of the driver. No option is taken from environment variables. */
export function driverOptions(connection: DatabaseConnection, applicationName?: string): pg.ClientConfig {
  return explicitOptions(addressOf(connection), applicationName);
}

export function addressOf(connection: DatabaseConnection): DriverAddress {
  if (!('url' in connection)) return connection;
  const address = parseDatabaseUrl(connection.url);
  return { ...address, database: connection.database ?? address.database };
}

/** Injection token: whether the database is the embedded one. */
export const EMBEDDED = Symbol('embedded database');
