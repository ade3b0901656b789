import { Problem } from '../../common/problems/problem';
import { type Environment } from '../../config/environment';
import { NO_ISSUER_URL } from '../auth.problems';
import { type IssuerDto } from './dto/issuer.dto';

/**
 * The members that a verifier of tokens needs. The others of OpenID Connect are about logins by way of a browser, which
 * there are none of.
 *
 * @throws Problem if the issuer is no URL
 */
export function issuerOf({ jwtIssuer, publicUrl }: Pick<Environment, 'jwtIssuer' | 'publicUrl'>): IssuerDto {
  if (!/^https?:\/\//i.test(jwtIssuer) || !URL.canParse(jwtIssuer)) throw new Problem(NO_ISSUER_URL);
  return {
    issuer: jwtIssuer,
    jwksUri: `${publicUrl ?? jwtIssuer.replace(/\/$/, '')}/.well-known/jwks.json`,
    idTokenSigningAlgValuesSupported: ['RS256'],
    subjectTypesSupported: ['public'],
  };
}
