import { Places } from '../common/places';
import { type Environment } from '../config/environment';
import { poolShare } from './server-reads';

/** Which part of the pool one kind of work may hold, because each holds a connection for as long as a slow client takes. */
const POOL_SHARE = 1 / 3;

/** Limits how many connections of the pool are held by one kind of work that may take long. */
export class PoolPlaces extends Places {
  /** @param what it is, in the plural, for people */
  constructor(environment: Environment, what: string) {
    super(Math.max(1, Math.floor(poolShare(environment) * POOL_SHARE)), `Too many ${what} are running`);
  }
}
