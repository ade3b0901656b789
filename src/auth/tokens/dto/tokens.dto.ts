import { ApiProperty } from '@nestjs/swagger';

/** The tokens of a login or a refresh. */
export class TokensDto {
  /**
   * send it as `Authorization: Bearer …` with every request that needs a token
   * @example eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJl
   */
  accessToken!: string;

  /**
   * send it the same way to `POST /refresh`, and nowhere else
   * @example eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLiJ9.eyJ0b2tlbl91c2UiOiJyZWZyZXNoIn0.c2lnbmF0dXJl
   */
  refreshToken!: string;

  /** @example Bearer */
  tokenType!: string;

  /**
   * seconds until the access token expires
   * @example 900
   */
  @ApiProperty({ type: 'integer' })
  expiresIn!: number;
}
