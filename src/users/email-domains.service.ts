import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type Logger } from 'pino';
import { emailFault, normalizeEmail } from '../common/input/email';
import { LOGGER } from '../common/logging';
import { violatedConstraint } from '../database/errors';
import { Database } from '../database/database';
import { UsersRepository } from './users.repository';

/**
 * Converts the domains of e-mail addresses to ASCII where an older version stored them as typed. SQL cannot compute the
 * ASCII form, so a migration cannot do this. It runs at every start, because instances of an older version may still
 * register users during an upgrade.
 */
@Injectable()
export class EmailDomainsService implements OnApplicationBootstrap {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    // It reads all users, so it has no time limit.
    const users = await this.database.longTransaction((transaction) =>
      this.users.findBeyondAscii(transaction),
    );
    for (const { id, email } of users) {
      const normalized = normalizeEmail(email);
      if (normalized !== email && emailFault(normalized) === undefined) {
        await this.rename({ id, email }, normalized);
      }
    }
  }

  private async rename(user: { id: number; email: string }, email: string): Promise<void> {
    try {
      await this.users.update(this.database, user, { email });
    } catch (error) {
      if (violatedConstraint(error) !== 'users_email_key') throw error;
      const other = await this.users.findByEmail(this.database, email);
      this.logger.warn(
        { user_id: user.id, other_user_id: other?.id },
        'two accounts have the same e-mail address in two spellings; the first cannot log in until the other is deleted',
      );
    }
  }
}
