import { ROLES, type Role } from '../../common/access';
import { ApiProperty } from '@nestjs/swagger';
import { type User } from '../user.entity';

/** An account, without anything secret. */
export class UserDto {
  /** @example 2 */
  id!: number;

  /** @example ada@example.com */
  email!: string;

  @ApiProperty({ enum: ROLES, example: 'user' })
  role!: Role;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;
}

export function toUserDto({ id, email, role, createdAt }: User): UserDto {
  return { id, email, role, createdAt };
}
