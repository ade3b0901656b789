import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { type Logger } from 'pino';
import { EntityManager } from 'typeorm';
import { LOGGER } from '../../common/logging';
import { writePrivateFile } from '../../common/private-file';
import { Problem } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { EMBEDDED } from '../../database/connection';
import { EMAIL_TAKEN } from '../../users/users.problems';
import { UsersService } from '../../users/users.service';
import { PasswordsService } from '../passwords/passwords.service';

export const ADMIN_FILE = 'admin.txt';
const GENERATED_EMAIL = 'admin@emporium.example';

/** Any fixed number: every process must ask for the same lock. */
const FIRST_ADMIN_LOCK = 7_236_401_559;

/** Sees to it at every start of the server that there can be an admin, before the first request. */
@Injectable()
export class FirstAdminService {
  constructor(
    private readonly environment: Environment,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    @Inject(EMBEDDED) private readonly embedded: boolean,
    @Inject(LOGGER) private readonly logger: Logger,
    @InjectEntityManager() private readonly manager: EntityManager,
  ) {}

  async ensure(): Promise<void> {
    const { admin, production } = this.environment;
    if (admin) {
      await this.ensureAccount(admin.email, admin.password);
    } else if (this.embedded && !production) {
      while (!(await this.users.hasAdmin())) await this.generate();
    }
  }

  /** An account that exists stays as it is, whatever its role and password. */
  private async ensureAccount(email: string, password: string): Promise<void> {
    if (await this.users.findByEmail(email)) return;
    try {
      await this.users.create(email, await this.passwords.hash(password), 'admin');
    } catch (error) {
      if (isTaken(error)) return;
      throw error;
    }
    this.logger.info({ email }, 'admin account made');
  }

  /** Somebody may have registered the usual address, and is no admin for that. */
  private async freeEmail(): Promise<string> {
    for (let number = 1; ; number++) {
      const email = number === 1 ? GENERATED_EMAIL : GENERATED_EMAIL.replace('@', `-${number}@`);
      if (!(await this.users.findByEmail(email))) return email;
    }
  }

  /**
   * Of processes that start at once all but one wait here until the account is there together with its file. Should that
   * one die in between, there is no account, and the next writes the file anew.
   */
  private async generate(): Promise<void> {
    const password = randomBytes(18).toString('base64url');
    const passwordHash = await this.passwords.hash(password);
    const file = path.join(this.environment.dataDir, ADMIN_FILE);
    await mkdir(this.environment.dataDir, { recursive: true });
    try {
      await this.manager.transaction(async (manager) => {
        await manager.query('SELECT pg_advisory_xact_lock($1)', [FIRST_ADMIN_LOCK]);
        if (await this.users.hasAdmin(manager)) return;
        const email = await this.freeEmail();
        await this.users.create(email, passwordHash, 'admin', manager);
        await writePrivateFile(file, `email: ${email}\npassword: ${password}\n`);
        this.logger.info({ email, file }, 'admin account made; its password is in the file');
      });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

/** Somebody else was first. */
function isTaken(error: unknown): boolean {
  return error instanceof Problem && error.type === EMAIL_TAKEN;
}
