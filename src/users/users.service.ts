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

/** How many stores the problem `owns_stores` names. */
const STORES_NAMED = 3;

/** Accounts. Passwords are already hashed here. A method with an executor can be part of the caller's transaction. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly database: Database,
    private readonly statements: Statements,
  ) {}

  /** @throws Problem `email_taken` */
  async create(executor: Executor, values: Pick<User, 'email' | 'passwordHash' | 'role'>): Promise<User> {
    try {
      return await executor.transaction((transaction) => this.users.insert(transaction, values));
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
   * Changes address, hash or both of a user, if the stored hash is still the one that the current password was checked
   * against. If `current` has an address, it must still be the stored one, because the new password was compared with
   * it.
   *
   * @returns whether the user was unchanged
   * @throws Problem `email_taken`
   */
  async changeCredentials(
    current: Credentials & { email?: string | undefined },
    changes: { email?: string | undefined; passwordHash?: string | undefined },
    executor: Executor,
  ): Promise<boolean> {
    try {
      return await executor.transaction((transaction) => this.users.update(transaction, current, changes));
    } catch (error) {
      throw onConstraint(error, { users_email_key: EMAIL_TAKEN });
    }
  }

  /** @throws Problem `user_not_found`, `last_admin` */
  async setRole(executor: Executor, id: number, role: Role): Promise<User> {
    await executor.transaction(async (transaction) => {
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
  async remove(executor: Executor, id: number): Promise<void> {
    if (!(await this.delete(executor, { id }))) throw new Problem(USER_NOT_FOUND);
  }

  /**
   * Deletes a user, if the stored hash is still the one that the current password was checked against.
   *
   * @returns whether the user was unchanged
   * @throws Problem `last_admin`, `owns_stores`
   */
  async removeIfUnchanged(executor: Executor, { id, passwordHash }: Credentials): Promise<boolean> {
    return this.delete(executor, { id, passwordHash });
  }

  private async delete(
    executor: Executor,
    expected: { id: number; passwordHash?: string },
  ): Promise<boolean> {
    try {
      return await executor.transaction(async (transaction) => {
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
   * Refuses when this user is the only admin. It locks the user's row first, so that the role cannot change. For an
   * admin it then takes the advisory lock for admins, so that two admins cannot remove each other at the same time. A
   * transaction with that lock locks no other user's row, so there is no deadlock. The deletion of an ordinary user
   * does not wait for it.
   */
  private async keepOneAdmin(transaction: Executor, id: number): Promise<void> {
    if ((await this.users.lockRole(transaction, id)) !== 'admin') return;
    await this.users.lockAdmins(transaction);
    if (!(await this.users.hasAdminBeside(transaction, id))) throw new Problem(LAST_ADMIN);
  }
}
