import { type INestApplicationContext } from '@nestjs/common';
import { emailFault, normalizeEmail } from '../common/input/email';
import { normalizePassword, passwordFault } from '../common/input/password';
import { PasswordsService } from '../auth/passwords/passwords.service';
import { SessionsService } from '../auth/sessions/sessions.service';
import { type Role } from '../common/access';
import { Problem } from '../common/problems/problem';
import { Database } from '../database/database';
import { type User } from '../users/user.entity';
import { USER_NOT_FOUND } from '../users/users.problems';
import { UsersService } from '../users/users.service';
import { CommandError } from './command-error';
import { askForPassword } from './password-prompt';
import { withApplication } from './with-application';
import { requireDatabase } from './with-database';

export async function add(address: string, role: Role): Promise<void> {
  const email = normalizeEmail(address);
  const fault = emailFault(email);
  if (fault !== undefined) throw new CommandError(`The address ${fault}.`);
  const password = await newPassword(email);
  await withApplication(async (app) => {
    const passwordHash = await app.get(PasswordsService).hash(password);
    const { id } = await explained(
      app.get(UsersService).create(app.get(Database), { email, passwordHash, role }),
    );
    say(`${role} ${email} created (id ${id})`);
  });
}

export async function list(): Promise<void> {
  await withApplication(async (app) => {
    for (const { id, role, email } of await app.get(UsersService).findAll()) say(`${id}\t${role}\t${email}`);
  });
}

export async function setRole(address: string, role: Role): Promise<void> {
  await withApplication(async (app) => {
    const { id, email } = await find(app, address);
    await explained(app.get(UsersService).setRole(app.get(Database), id, role));
    say(`${email} is now ${role === 'admin' ? 'an admin' : 'a user'} (id ${id})`);
  });
}

export async function remove(address: string): Promise<void> {
  await withApplication(async (app) => {
    const { id, email } = await find(app, address);
    await explained(app.get(UsersService).remove(app.get(Database), id));
    say(`account ${email} deleted (id ${id})`);
  });
}

export async function resetPassword(address: string): Promise<void> {
  const password = await newPassword(normalizeEmail(address));
  await withApplication(async (app) => {
    const user = await find(app, address);
    const passwordHash = await app.get(PasswordsService).hash(password);
    await explained(
      app.get(Database).transaction(async (transaction) => {
        await app.get(UsersService).resetPassword(user, passwordHash, transaction);
        await app.get(SessionsService).endAll(user.id, transaction);
      }),
    );
    say(`password of ${user.email} changed, all sessions ended (id ${user.id})`);
  });
}

async function find(app: INestApplicationContext, address: string): Promise<User> {
  const user = await app.get(UsersService).findByEmail(normalizeEmail(address));
  if (!user) throw new CommandError(USER_NOT_FOUND.detail);
  return user;
}

/** Asks for a new password. It does so before opening the database, because the user may need a long time. */
async function newPassword(email: string): Promise<string> {
  await requireDatabase();
  const password = normalizePassword(await askForPassword());
  const fault = passwordFault(password, email);
  if (fault !== undefined) throw new CommandError(`The password ${fault}.`);
  return password;
}

/** Turns a problem of the API into a message of the command line. */
async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof Problem ? new CommandError(error.message) : error;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
