/** Where the keys of an issuer of tokens are (OpenID Connect Discovery 1.0). */
export class IssuerDto {
  /** @example https://shop.example */
  issuer!: string;

  /** @example https://shop.example/.well-known/jwks.json */
  jwksUri!: string;

  /** @example ["RS256"] */
  idTokenSigningAlgValuesSupported!: string[];

  /** @example ["public"] */
  subjectTypesSupported!: string[];
}
