import { Injectable } from '@nestjs/common';
import { type Executor } from '../../database/executor';
import { deleteRowsBefore } from '../../database/expired-rows';

/** Rows that were last used before this time are expired. SQL. */
const EXPIRED_BEFORE = `now() - interval '30 days'`;

/** SQL that stores the address in a parameter as an address of the user, for the one row of `source`. */
export const rememberAddress = (source: string, userId: string, address: string) =>
  `INSERT INTO login_addresses (user_id, address) SELECT ${userId}, ${address} FROM ${source}
   ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = now()`;

/** SQL of the condition that the account with the lower-case e-mail address `email` had a session from `address`. */
export const isKnownAddress = (email: string, address: string) =>
  `EXISTS (
     SELECT FROM login_addresses a JOIN users u ON u.id = a.user_id
     WHERE lower(u.email) = ${email} AND a.address = ${address} AND a.last_used_at > ${EXPIRED_BEFORE}
   )`;

/** The SQL of the addresses from which users had sessions. Other statements include the two parts above. */
@Injectable()
export class LoginAddressesRepository {
  async removeExpired(executor: Executor, limit: number): Promise<number> {
    const expired = { table: 'login_addresses', column: 'last_used_at', end: EXPIRED_BEFORE };
    return deleteRowsBefore(executor, expired, limit);
  }
}
