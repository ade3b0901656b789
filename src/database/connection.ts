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

/** The same in the words of the driver. */
export function driverOptions(connection: DatabaseConnection) {
  return 'url' in connection ? { connectionString: connection.url } : connection;
}

/** Injection token: whether the database is the embedded one. */
export const EMBEDDED = Symbol('embedded database');
