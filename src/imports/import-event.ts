import { type Resource } from '../reads/row-shape';
import { type ImportDto } from './dto/import.dto';
import { type ImportState } from './import.entity';

/** The state of an import at one moment. */
export interface ImportEvent {
  /** later states have greater ids, on every instance: see `isNewer` */
  readonly id: string;
  readonly json: string;
  /** whether it stays as it is, unless the import is undone */
  readonly isFinal: boolean;
}

/** That an import runs is not stored. */
export type StoredState = Exclude<ImportState, 'running'>;

/** States in the order in which an import can have them. */
const RANKS: Readonly<Record<StoredState, number>> = {
  receiving: 0,
  queued: 1,
  previewed: 2,
  succeeded: 3,
  failed: 3,
  cancelled: 3,
  undone: 4,
};
const FINAL_RANK = 3;

/**
 * @param stored the state that it has, or returns to if what is running fails
 * @param seenAt the last sign of life of whoever works on it, in milliseconds; 0 if nobody does
 */
export function eventOf(resource: Resource<ImportDto>, stored: StoredState, seenAt: string): ImportEvent {
  const isRunning = resource.textOf('state') === 'running';
  const rank = RANKS[stored];
  const isAtRest = !isRunning && seenAt !== '0' ? 1 : 0;
  return {
    id: `${rank}-${seenAt}-${isAtRest}`,
    json: resource.toJson(),
    isFinal: rank >= FINAL_RANK && !isRunning,
  };
}

/** Whether an event is later than the one with an id that a client sends; an id that is none of ours is before all. */
export function isNewer({ id }: ImportEvent, known: string | undefined): boolean {
  if (known === undefined || !/^\d-\d{1,15}-\d$/.test(known)) return true;
  const [own, other] = [id.split('-').map(Number), known.split('-').map(Number)];
  const index = own.findIndex((part, at) => part !== other[at]);
  return index !== -1 && (own[index] ?? 0) > (other[index] ?? 0);
}
