import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { type Role } from '../common/access';
import { type Executor, type Reader } from '../database/executor';
import { takeLock, LOCKS } from '../database/locks';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { type UserQueryDto } from './dto/user-query.dto';
import { type UserDto } from './dto/user.dto';
import { type Credentials, User } from './user.entity';
import { USERS } from './users.list';

/** SQL of the condition that a row has the e-mail address in this parameter, without regard to case. */
const emailIs = (parameter: string) => `lower(email) = lower(${parameter} COLLATE "und-x-icu")`;

/** The SQL of users. */
@Injectable()
export class UsersRepository {
  async insert({ manager }: Executor, values: Pick<User, 'email' | 'passwordHash' | 'role'>): Promise<User> {
    const user = manager.create(User, values);
    await manager.insert(User, user);
    return user;
  }

  async find({ manager }: Executor, id: number): Promise<User | null> {
    return manager.findOneBy(User, { id });
  }

  async findByEmail({ manager }: Executor, email: string): Promise<User | null> {
    return manager.createQueryBuilder(User, 'users').where(emailIs(':email'), { email }).getOne();
  }

  async findCredentials(executor: Executor, email: string): Promise<Credentials | undefined> {
    const [row] = await executor.rows(`SELECT id, password_hash FROM users WHERE ${emailIs('$1')}`, [email]);
    if (!row) return undefined;
    const [id, passwordHash] = row as [string, string];
    return { id: Number(id), passwordHash };
  }

  async findAll({ manager }: Executor): Promise<User[]> {
    return manager.find(User, { order: { id: 'ASC' } });
  }

  async findPage(reader: Reader, query: UserQueryDto): Promise<Page<UserDto>> {
    return readPage(reader, USERS, query);
  }

  /** Users whose address is not ASCII. It reads the whole table, so it is only for the start of the server. */
  async findBeyondAscii({ manager }: Executor): Promise<Pick<User, 'id' | 'email'>[]> {
    return manager
      .createQueryBuilder(User, 'users')
      .select(['users.id', 'users.email'])
      .where('octet_length(email) <> char_length(email)')
      .getMany();
  }

  async hasAdmin({ manager }: Executor): Promise<boolean> {
    return manager.existsBy(User, { role: 'admin' });
  }

  async hasAdminBeside({ manager }: Executor, id: number): Promise<boolean> {
    return manager.existsBy(User, { role: 'admin', id: Not(id) });
  }

  /**
   * Locks the user, so that the role stays the same until the transaction ends. Returns undefined for an unknown user.
   */
  async lockRole(transaction: Executor, id: number): Promise<Role | undefined> {
    const [row] = await transaction.rows('SELECT role FROM users WHERE id = $1 FOR UPDATE', [id]);
    return row?.[0] as Role | undefined;
  }

  /** Locks, so that only one transaction at a time removes an admin. */
  async lockAdmins(transaction: Executor): Promise<void> {
    await takeLock(transaction, LOCKS.admins);
  }

  /**
   * Changes the user if the row still matches `expected`. Undefined members are neither compared nor changed.
   *
   * @returns whether a row matched
   */
  async update({ manager }: Executor, expected: Expected, changes: Changes): Promise<boolean> {
    return isOne(await manager.update(User, withoutUndefined(expected), withoutUndefined(changes)));
  }

  /** Deletes the user if the row still matches `expected`. @returns whether a row matched */
  async delete({ manager }: Executor, expected: Expected): Promise<boolean> {
    return isOne(await manager.delete(User, withoutUndefined(expected)));
  }

  /**
   * How many stores a user owns, and the first ones by id. It is SQL, because this module may not import the entity of
   * stores.
   */
  async findOwnedStores(executor: Executor, id: number, limit: number): Promise<OwnedStores> {
    const rows = await executor.rows(
      'SELECT count(*) OVER (), id, name FROM stores WHERE owner_id = $1 ORDER BY id LIMIT $2',
      [id, limit],
    );
    const first = rows.map(([, storeId, name]) => ({ id: Number(storeId), name: name ?? '' }));
    return { count: Number(rows[0]?.[0] ?? 0), first };
  }
}

/** The id of a user, and the members that must not have changed meanwhile. */
type Expected = Pick<User, 'id'> & { email?: string | undefined; passwordHash?: string | undefined };

interface Changes {
  email?: string | undefined;
  passwordHash?: string | undefined;
  role?: Role;
}

export interface OwnedStores {
  count: number;
  first: { id: number; name: string }[];
}

function isOne({ affected }: { affected?: number | null | undefined }): boolean {
  return affected === 1;
}

/** TypeORM throws for an undefined member in a condition. */
function withoutUndefined<T extends object>(members: T) {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
