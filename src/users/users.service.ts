import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Not, type Repository } from 'typeorm';
import { type Role } from '../common/access';
import { readPage } from '../reads/list/read-page';
import { type Page } from '../reads/list/page';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { Database } from '../database/database';
import { Statements } from '../reads/statements';
import { type UserQueryDto } from './dto/user-query.dto';
import { type UserDto } from './dto/user.dto';
import { User } from './user.entity';
import { USERS } from './users.list';
import { EMAIL_TAKEN, LAST_ADMIN, OWNS_STORES, USER_NOT_FOUND } from './users.problems';

/** An account's id and hash. */
export type Credentials = Pick<User, 'id' | 'passwordHash'>;

/** Whether a row has this address, in whatever case it is given. */
const emailIs = (parameter: string) => `lower(email) = lower(${parameter} COLLATE "und-x-icu")`;

/** Accounts. Passwords come here hashed. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly statements: Statements,
    private readonly database: Database,
  ) {}

  /** @throws Problem `email_taken` */
  async create(
    email: string,
    passwordHash: string,
    role: Role = 'user',
    manager = this.users.manager,
  ): Promise<User> {
    const user = this.users.create({ email, passwordHash, role });
    try {
      await manager.insert(User, user);
    } catch (error) {
      throw onConstraint(error, { users_email_key: EMAIL_TAKEN });
    }
    return user;
  }

  /** @throws Problem `user_not_found` */
  async getOrThrow(id: number): Promise<User> {
    const user = await this.users.findOneBy({ id });
    if (!user) throw new Problem(USER_NOT_FOUND);
    return user;
  }

  async findByEmail(email: string): Promise<User | null> {
    return this.users.createQueryBuilder().where(emailIs(':email'), { email }).getOne();
  }

  /** What a login checks; any case of the address. */
  async findCredentials(email: string): Promise<Credentials | undefined> {
    const [row] = await this.database.rows(`SELECT id, password_hash FROM users WHERE ${emailIs('$1')}`, [
      email,
    ]);
    if (!row) return undefined;
    const [id, passwordHash] = row as [string, string];
    return { id: Number(id), passwordHash };
  }

  async hasAdmin(manager = this.users.manager): Promise<boolean> {
    return manager.existsBy(User, { role: 'admin' });
  }

  async findPage(query: UserQueryDto): Promise<Page<UserDto>> {
    return readPage(this.statements, USERS, query);
  }

  /**
   * Changes address, hash or both, if the hash is still the one that the current password was checked against, and the
   * address, where it is given, the one that a new password was held against.
   *
   * @returns whether it was
   * @throws Problem `email_taken`
   */
  async changeCredentials(
    id: number,
    currentHash: string,
    { email, passwordHash }: { email?: string | undefined; passwordHash?: string | undefined },
    manager = this.users.manager,
    currentEmail?: string,
  ): Promise<boolean> {
    const current = {
      id,
      passwordHash: currentHash,
      ...(currentEmail !== undefined && { email: currentEmail }),
    };
    const changes = {
      ...(email !== undefined && { email }),
      ...(passwordHash !== undefined && { passwordHash }),
    };
    try {
      const { affected } = await manager.update(User, current, changes);
      return affected === 1;
    } catch (error) {
      throw onConstraint(error, { users_email_key: EMAIL_TAKEN });
    }
  }

  /** @throws Problem `user_not_found`, `last_admin` */
  async setRole(id: number, role: Role): Promise<User> {
    await retryOnContention(() =>
      this.users.manager.transaction(async (manager) => {
        if (role !== 'admin') await keepOneAdmin(manager, id);
        const { affected } = await manager.update(User, { id }, { role });
        if (affected === 0) throw new Problem(USER_NOT_FOUND);
      }),
    );
    return this.getOrThrow(id);
  }

  /**
   * For the command line, which asks for no current password. `email` is what the new one was held against.
   *
   * @throws Problem `user_not_found` when there is no such user with this address
   */
  async resetPassword(
    { id, email }: Pick<User, 'id' | 'email'>,
    passwordHash: string,
    manager: EntityManager,
  ): Promise<void> {
    const { affected } = await manager.update(User, { id, email }, { passwordHash });
    if (affected === 0) throw new Problem(USER_NOT_FOUND);
  }

  /** @throws Problem `user_not_found`, `last_admin`, `owns_stores` */
  async remove(id: number): Promise<void> {
    if (!(await this.delete({ id }))) throw new Problem(USER_NOT_FOUND);
  }

  /**
   * Removes a user if the hash is still the one that the current password was checked against.
   *
   * @returns whether it was
   * @throws Problem `last_admin`, `owns_stores`
   */
  async removeIfUnchanged({ id, passwordHash }: User): Promise<boolean> {
    return this.delete({ id, passwordHash });
  }

  private async delete(criteria: { id: number; passwordHash?: string }): Promise<boolean> {
    try {
      return await retryOnContention(() =>
        this.users.manager.transaction(async (manager) => {
          await keepOneAdmin(manager, criteria.id);
          const { affected } = await manager.delete(User, criteria);
          return affected === 1;
        }),
      );
    } catch (error) {
      throw onConstraint(error, { stores_owner_id_fkey: OWNS_STORES });
    }
  }
}

/** Any fixed number that no other lock has. */
const ADMINS_LOCK = 7_236_401_558;

/**
 * Refuses when this user is the only admin. Holds the user, so that its role stays, and then, of an admin, the one lock
 * for all, so that two admins cannot remove each other at once. Nobody who has that lock waits for another user: there
 * is no circle, and who removes an ordinary account waits for no admin.
 */
async function keepOneAdmin(manager: EntityManager, id: number): Promise<void> {
  const [user] = await manager.query<Pick<User, 'role'>[]>(
    'SELECT role FROM users WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (user?.role !== 'admin') return;
  await manager.query('SELECT pg_advisory_xact_lock($1)', [ADMINS_LOCK]);
  if (!(await manager.existsBy(User, { role: 'admin', id: Not(id) }))) throw new Problem(LAST_ADMIN);
}
