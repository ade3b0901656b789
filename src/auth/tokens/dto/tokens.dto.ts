import { ApiProperty } from '@nestjs/swagger';

/** What a login or a refresh gives. */
export class TokensDto {
  /**
   * sent as `Authorization: Bearer …` with every write
   * @example eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJl
   */
  accessToken!: string;

  /**
   * sent the same way to `POST /refresh`, and to nothing else
   * @example eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl91c2UiOiJyZWZyZXNoIn0.c2lnbmF0dXJl
   */
  refreshToken!: string;

  /** @example Bearer */
  tokenType!: string;

  /**
   * seconds that the access token lives
   * @example 900
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
}
