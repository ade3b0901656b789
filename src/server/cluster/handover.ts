import { type Logger } from 'pino';
import { type AppContext } from '../../app.module';
import { loadKeyRing } from '../../auth/tokens/key-ring';
import { Environment } from '../../config/environment';
import { readPrivateKey, readPublicKeys } from '../../config/rsa-keys';
import { type DatabaseConnection } from '../../database/connection';

/** Everything that a worker needs, as JSON. */
export interface Handover {
  environment: Omit<Environment, 'jwtPrivateKey' | 'jwtRetiredKeys'>;
  /** PEM of the signing key */
  privateKey: string;
  /** PEM of all verification keys, concatenated */
  publicKeys: string;
  connection: DatabaseConnection;
  embedded: boolean;
}

/**
 * Settings and keys are read only once. A worker that starts later must not read a key that was rotated in the
 * meantime, because the other workers would refuse its tokens.
 */
export async function handOver({ environment, connection, embedded }: AppContext): Promise<Handover> {
  const { privateKey, verificationKeys } = await loadKeyRing(environment);
  const publicKeys = [...verificationKeys.values()].map(({ publicKey }) =>
    publicKey.export({ type: 'spki', format: 'pem' }),
  );
  return {
    // Keys cannot be sent as JSON, so they are sent as PEM.
    environment: Object.assign({}, environment, { jwtPrivateKey: undefined, jwtRetiredKeys: undefined }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicKeys: publicKeys.join(''),
    connection,
    embedded,
  };
}

export function takeOver(handover: Handover, logger: Logger): AppContext {
  const { privateKey, publicKeys, connection, embedded } = handover;
  const environment: Environment = Object.assign(
    Object.create(Environment.prototype) as object,
    handover.environment,
    { jwtPrivateKey: readPrivateKey(privateKey), jwtRetiredKeys: readPublicKeys(publicKeys) },
  );
  return { environment, logger, connection, embedded };
}
