import { isMoving, type State } from './import';

/** While it goes on, or can have begun to go on before the page was opened. */
const SHORT = 1000;
/** An apply or an undo can begin in another window. */
const LONG = 5000;

/** The server tells of an apply or an undo one second after its start, so that a page may learn of it only later. */
const BEGINNING = 5000;

/**
 * How long to wait until an import is read again, in milliseconds; false if it cannot change any more.
 *
 * @param shownFor how long its page has been open
 */
export function lookInterval(of: { state: State }, shownFor: number): number | false {
  if (isMoving(of)) return SHORT;
  if (of.state !== 'previewed' && of.state !== 'succeeded') return false;
  return shownFor < BEGINNING ? SHORT : LONG;
}
