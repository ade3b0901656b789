import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { type Logger } from 'pino';
import { normalizeText } from '../common/input/text';
import { LOGGER } from '../common/logging';
import { Environment, SettingsError } from '../config/environment';
import { EMBEDDED } from '../database/connection';
import { UsersService } from '../users/users.service';
import { normalizePassword, passwordFault } from './password-rules';
import { PasswordsService } from './passwords.service';
import { violatedConstraint } from '../database/errors';

export const ADMIN_FILE = 'admin.txt';
const GENERATED_EMAIL = 'admin@emporium.example';

/** Sees to it at every start of the server that there can be an admin, before the first request. */
@Injectable()
export class FirstAdminService {
  constructor(
    private readonly environment: Environment,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    @Inject(EMBEDDED) private readonly embedded: boolean,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async ensure(): Promise<void> {
    const { admin, production } = this.environment;
    if (admin) {
      await this.ensureAccount(admin.email, admin.password);
    } else if (this.embedded && !production && !(await this.users.hasAdmin())) {
      await this.generate();
    }
  }

  /** An account that exists stays as it is, whatever its role and password. */
  private async ensureAccount(givenEmail: string, givenPassword: string): Promise<void> {
    const email = normalizeText(givenEmail);
    const password = normalizePassword(givenPassword);
    if (!isEmail(email)) throw new SettingsError(['ADMIN_EMAIL must be an e-mail address']);
    const fault = passwordFault(password, email);
    if (fault !== undefined) throw new SettingsError([`ADMIN_PASSWORD ${fault}`]);
    if (await this.users.findByEmail(email)) return;
    try {
      await this.users.create(email, await this.passwords.hash(password), 'admin');
    } catch (error) {
      // Another instance was first.
      if (violatedConstraint((error as Error).cause) !== 'users_email_key') throw error;
      return;
    }
    this.logger.info({ email }, 'admin account made');
  }

  /** The file goes first: should the process die in between, the next start writes both anew. */
  private async generate(): Promise<void> {
    const password = randomBytes(18).toString('base64url');
    const file = path.join(this.environment.dataDir, ADMIN_FILE);
    await mkdir(this.environment.dataDir, { recursive: true });
    await writeFile(file, `email: ${GENERATED_EMAIL}\npassword: ${password}\n`, { mode: 0o600 });
    await this.users.create(GENERATED_EMAIL, await this.passwords.hash(password), 'admin');
    this.logger.info({ email: GENERATED_EMAIL, file }, 'admin account made; its password is in the file');
  }
}
