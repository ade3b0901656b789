import type pg from 'pg';
import { parseDatabaseUrl } from '../config/database-url';
import { type DriverAddress, explicitOptions } from './driver-options';

/** Where the database is: a URL, or the socket of the embedded server. */
export type DatabaseConnection =
  | { readonly url: string }
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
  return 'url' in connection ? parseDatabaseUrl(connection.url) : connection;
}

/** Injection token: whether the database is the embedded one. */
export const EMBEDDED = Symbol('embedded database');
