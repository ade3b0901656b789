import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../../common/logging';
import { writePrivateFile } from '../../common/private-file';
import { Problem } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { EMBEDDED } from '../../database/connection';
import { Database } from '../../database/database';
import { type Executor } from '../../database/executor';
import { takeLock, LOCKS } from '../../database/locks';
import { EMAIL_TAKEN } from '../../users/users.problems';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../passwords/passwords.service';

export const ADMIN_FILE = 'admin.txt';
const GENERATED_EMAIL = 'admin@emporium.example';

/** Creates the first admin at the start of the server: the one in the settings, or a generated one for development. */
@Injectable()
export class FirstAdminService {
  constructor(
    private readonly environment: Environment,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    @Inject(EMBEDDED) private readonly embedded: boolean,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly database: Database,
  ) {}

  async ensure(): Promise<void> {
    const { admin, production } = this.environment;
    if (admin) {
      await this.ensureAccount(admin.email, admin.password);
    } else if (this.embedded && !production) {
      while (!(await this.users.hasAdmin())) await this.generate();
    }
  }

  /** An existing account is not changed, whatever its role and password are. */
  private async ensureAccount(email: string, password: string): Promise<void> {
    if (await this.users.findByEmail(email)) return;
    try {
      const passwordHash = await this.passwords.hash(password);
      await this.users.create(this.database, { email, passwordHash, role: 'admin' });
    } catch (error) {
      if (isTaken(error)) return;
      throw error;
    }
    this.logger.info({ email }, 'admin account made');
  }

  /** Returns an unused address, because a user who is not an admin may have registered the usual one. */
  private async freeEmail(executor: Executor): Promise<string> {
    for (let number = 1; ; number++) {
      const email = number === 1 ? GENERATED_EMAIL : GENERATED_EMAIL.replace('@', `-${number}@`);
      if (!(await this.users.findByEmail(email, executor))) return email;
    }
  }

  /**
   * If several processes start at once, one creates the account and its file, and the others wait. If that one dies
   * before both exist, there is no account, and the next process writes the file again.
   */
  private async generate(): Promise<void> {
    const password = randomBytes(18).toString('base64url');
    const passwordHash = await this.passwords.hash(password);
    const file = path.join(this.environment.dataDir, ADMIN_FILE);
    await mkdir(this.environment.dataDir, { recursive: true });
    try {
      await this.database.transaction(async (transaction) => {
        await takeLock(transaction, LOCKS.firstAdmin);
        if (await this.users.hasAdmin(transaction)) return;
        const email = await this.freeEmail(transaction);
        await this.users.create(transaction, { email, passwordHash, role: 'admin' });
        await writePrivateFile(file, `email: ${email}\npassword: ${password}\n`);
        this.logger.info({ email, file }, 'admin account made; its password is in the file');
      });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

/** Another process has created the account first. */
function isTaken(error: unknown): boolean {
  return error instanceof Problem && error.type === EMAIL_TAKEN;
}
