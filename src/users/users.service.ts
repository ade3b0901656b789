import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type Repository } from 'typeorm';
import { type Role } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { User } from './user.entity';
import { EMAIL_TAKEN, LAST_ADMIN, OWNS_STORES, USER_NOT_FOUND } from './users.problems';

/** Accounts. Passwords come here hashed. */
@Injectable()
export class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  /** @throws Problem `email_taken` */
  async create(email: string, passwordHash: string, role: Role = 'user'): Promise<User> {
    const user = this.users.create({ email, passwordHash, role });
    try {
      await this.users.insert(user);
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
    return this.users
      .createQueryBuilder('u')
      .where('lower(u.email) = lower(:email COLLATE "und-x-icu")', { email })
      .getOne();
  }

  async hasAdmin(): Promise<boolean> {
    return this.users.existsBy({ role: 'admin' });
  }

  /** @throws Problem `user_not_found`, `last_admin`, `owns_stores` */
  async remove(id: number): Promise<void> {
    try {
      await retryOnContention(() => this.removeUnlessLastAdmin(id));
    } catch (error) {
      throw onConstraint(error, { stores_owner_id_fkey: OWNS_STORES });
    }
  }

  /** Locks every admin, always in the order of their ids, so that two admins cannot remove each other at once. */
  private async removeUnlessLastAdmin(id: number): Promise<void> {
    await this.users.manager.transaction(async (manager) => {
      const admins = await manager.query<{ id: number }[]>(
        `SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE`,
      );
      if (admins.length === 1 && admins[0]?.id === id) throw new Problem(LAST_ADMIN);
      const { affected } = await manager.delete(User, { id });
      if (affected === 0) throw new Problem(USER_NOT_FOUND);
    });
  }
}
