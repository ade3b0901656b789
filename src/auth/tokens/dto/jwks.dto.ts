/** A public key (RFC 7517). */
export class JwkDto {
  /** @example RSA */
  kty!: string;

  /** @example 5q1nJ0SDIcqkb0xFkCW8Ipm0Ukb7mGiBnRKX0Bq5bV0 */
  kid!: string;

  /** @example RS256 */
  alg!: string;

  /** @example sig */
  use!: string;

  /** @example u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0 */
  n!: string;

  /** @example AQAB */
  e!: string;
}

/** The public keys that verify tokens of this service. */
export class JwksDto {
  keys!: JwkDto[];
}
