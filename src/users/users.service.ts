import { Injectable } from '@nestjs/common';
import { type Role } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { type Page } from '../reads/list/page';
import { Statements } from '../reads/statements';
import { type UserQueryDto } from './dto/user-query.dto';
import { type UserDto } from './dto/user.dto';
import { type Credentials, type User } from './user.entity';
import { EMAIL_TAKEN, LAST_ADMIN, ownsStores, OWNS_STORES, USER_NOT_FOUND } from './users.problems';
import { UsersRepository } from './users.repository';

/** How many stores a refusal names. */
const STORES_NAMED = 3;

/** Accounts. Passwords come here hashed. A method that takes an executor can be part of its caller's transaction. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `email_taken` */
  async create(
    email: string,
    passwordHash: string,
    role: Role = 'user',
    executor: Executor = this.database,
  ): Promise<User> {
    try {
      return await this.users.insert(executor, { email, passwordHash, role });
    } catch (error) {
      throw onConstraint(error, { users_email_key: EMAIL_TAKEN });
    }
  }

  /** @throws Problem `user_not_found` */
  async getOrThrow(id: number): Promise<User> {
    const user = await this.users.find(this.database, id);
    if (!user) throw new Problem(USER_NOT_FOUND);
    return user;
  }

  /** @param email normalised; its case does not matter */
  async findByEmail(email: string, executor: Executor = this.database): Promise<User | null> {
    return this.users.findByEmail(executor, email);
  }

  /** @param email normalised; its case does not matter */
  async findCredentials(email: string): Promise<Credentials | undefined> {
    return this.users.findCredentials(this.database, email);
  }

  async hasAdmin(executor: Executor = this.database): Promise<boolean> {
    return this.users.hasAdmin(executor);
  }

  async findPage(query: UserQueryDto): Promise<Page<UserDto>> {
    return this.users.findPage(this.statements, query);
  }

  /** All users by id, for the command line. */
  async findAll(): Promise<User[]> {
    return this.users.findAll(this.database);
  }

  /**
   * Changes address, hash or both of a user who still has the hash that the current password was checked against, and the
   * address, where it is given, that the new password was compared with.
   *
   * @returns whether the user still had
   * @throws Problem `email_taken`
   */
  async changeCredentials(
    current: Credentials & { email?: string | undefined },
    changes: { email?: string | undefined; passwordHash?: string | undefined },
    executor: Executor = this.database,
  ): Promise<boolean> {
    try {
      return await this.users.update(executor, current, changes);
    } catch (error) {
      throw onConstraint(error, { users_email_key: EMAIL_TAKEN });
    }
  }

  /** @throws Problem `user_not_found`, `last_admin` */
  async setRole(id: number, role: Role): Promise<User> {
    await this.database.transaction(async (transaction) => {
      if (role !== 'admin') await this.keepOneAdmin(transaction, id);
      if (!(await this.users.update(transaction, { id }, { role }))) throw new Problem(USER_NOT_FOUND);
    });
    return this.getOrThrow(id);
  }

  /**
   * Sets a password without the current one, for the command line. `email` is the address that it was compared with.
   *
   * @throws Problem `user_not_found` when there is no such user with this address
   */
  async resetPassword(
    { id, email }: Pick<User, 'id' | 'email'>,
    passwordHash: string,
    executor: Executor,
  ): Promise<void> {
    if (!(await this.users.update(executor, { id, email }, { passwordHash }))) {
      throw new Problem(USER_NOT_FOUND);
    }
  }

  /** @throws Problem `user_not_found`, `last_admin`, `owns_stores` */
  async remove(id: number): Promise<void> {
    if (!(await this.delete({ id }))) throw new Problem(USER_NOT_FOUND);
  }

  /**
   * Deletes a user who still has the hash that the current password was checked against.
   *
   * @returns whether the user still had
   * @throws Problem `last_admin`, `owns_stores`
   */
  async removeIfUnchanged({ id, passwordHash }: Credentials): Promise<boolean> {
    return this.delete({ id, passwordHash });
  }

  private async delete(expected: { id: number; passwordHash?: string }): Promise<boolean> {
    try {
      return await this.database.transaction(async (transaction) => {
        await this.keepOneAdmin(transaction, expected.id);
        return this.users.delete(transaction, expected);
      });
    } catch (error) {
      const problem = onConstraint(error, { stores_owner_id_fkey: OWNS_STORES });
      if (!(problem instanceof Problem && problem.type === OWNS_STORES)) throw problem;
      throw ownsStores(
        expected.id,
        await this.users.findOwnedStores(this.database, expected.id, STORES_NAMED),
      );
    }
  }

  /**
   * Refuses when this user is the only admin. It holds the user first, so that the role stays. Of an admin it then holds
   * the lock of all admins, so that two admins cannot remove each other at once. Who has that lock waits for no other
   * user, so there is no deadlock, and the deletion of an ordinary user waits for no admin.
   */
  private async keepOneAdmin(transaction: Executor, id: number): Promise<void> {
    if ((await this.users.holdRole(transaction, id)) !== 'admin') return;
    await this.users.holdAdmins(transaction);
    if (!(await this.users.hasAdminBeside(transaction, id))) throw new Problem(LAST_ADMIN);
  }
}
