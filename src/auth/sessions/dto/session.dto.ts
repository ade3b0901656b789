import { ApiProperty } from '@nestjs/swagger';
import { type Session } from '../session.entity';

/** A login of the caller. */
export class SessionDto {
  @ApiProperty({ format: 'uuid', example: '2f1c7b0e-6a57-4a0c-9d0e-0c9d1c3f5a7b' })
  id!: string;

  /** @example 2026-01-31T09:00:00.000Z */
  createdAt!: Date;

  /**
   * when it was begun or last refreshed
   * @example 2026-01-31T09:00:00.000Z
   */
  lastUsedAt!: Date;

  /**
   * of the program that logged in
   * @example 'Mozilla/5.0 (X11; Linux x86_64)'
   */
  userAgent!: string | null;

  /**
   * address that it was begun from
   * @example 203.0.113.7
   */
  ip!: string;

  /**
   * whether this request belongs to it
   * @example true
   */
  current!: boolean;
}

export function toSessionDto(session: Session, currentId: string): SessionDto {
  const { id, createdAt, lastUsedAt, userAgent, ip } = session;
  return { id, createdAt, lastUsedAt, userAgent, ip, current: id === currentId };
}
