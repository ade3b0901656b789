import { Injectable } from '@nestjs/common';
import { type Executor } from '../../database/executor';
import { deleteRowsBefore } from '../../database/expired-rows';

/** Up to this time an address that was used last is forgotten, in SQL. */
const FORGOTTEN_BEFORE = `now() - interval '30 days'`;

/** SQL that notes the address in a parameter as one of the user's, for the one row of `source`. */
export const rememberAddress = (source: string, userId: string, address: string) =>
  `INSERT INTO login_addresses (user_id, address) SELECT ${userId}, ${address} FROM ${source}
   ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = now()`;

/** SQL that tells whether the account with the e-mail address in `email`, in lower case, had a session from an address. */
export const isKnownAddress = (email: string, address: string) =>
  `EXISTS (
     SELECT FROM login_addresses a JOIN users u ON u.id = a.user_id
     WHERE lower(u.email) = ${email} AND a.address = ${address} AND a.last_used_at > ${FORGOTTEN_BEFORE}
   )`;

/** The SQL of the addresses that users had sessions from; other statements include two parts of it. */
@Injectable()
export class LoginAddressesRepository {
  async removeExpired(executor: Executor, limit: number): Promise<number> {
    const expired = { table: 'login_addresses', column: 'last_used_at', end: FORGOTTEN_BEFORE };
    return deleteRowsBefore(executor, expired, limit);
  }
}
