import { type Logger } from 'pino';
import { type AppContext } from '../../app.module';
import { loadKeyRing } from '../../auth/tokens/key-ring';
import { Environment } from '../../config/environment';
import { readPrivateKey, readPublicKeys } from '../../config/rsa-keys';
import { type DatabaseConnection } from '../../database/connection';

/** All that a worker has to know, as JSON. */
export interface Handover {
  environment: Omit<Environment, 'jwtPrivateKey' | 'jwtRetiredKeys'>;
  /** PEM, the one that signs */
  privateKey: string;
  /** PEM, one after the other */
  publicKeys: string;
  connection: DatabaseConnection;
  embedded: boolean;
}

/**
 * Settings and keys are read once. A worker that comes later must not find a key that was rotated meanwhile: the others
 * would refuse its tokens.
 */
export async function handOver({ environment, connection, embedded }: AppContext): Promise<Handover> {
  const { privateKey, verificationKeys } = await loadKeyRing(environment);
  const publicKeys = [...verificationKeys.values()].map(({ publicKey }) =>
    publicKey.export({ type: 'spki', format: 'pem' }),
  );
  return {
    // Keys are no JSON; they go as PEM.
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
