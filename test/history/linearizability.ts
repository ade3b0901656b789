/** One call on a register whose written values are all different, and what the client knows of it. */
export interface Operation {
  /** who made the call; only for the report */
  readonly client: number;
  /** when it was made, and when it was answered; Infinity without an answer. Any unit */
  readonly called: number;
  readonly returned: number;
  readonly action: Read | CompareAndSet;
}

export interface Read {
  readonly kind: 'read';
  readonly value: number;
}

/** Writes `value` if the register has `expected`. */
export interface CompareAndSet {
  readonly kind: 'compare-and-set';
  readonly expected: number;
  readonly value: number;
  /** `unknown` when there was no answer: it may have happened, at any time after the call, or not */
  readonly outcome: 'done' | 'refused' | 'unknown';
}

/**
 * Whether the operations can be put in one order that respects their times and gives each the answer it had: Wing and
 * Gong's search with Lowe's cache of configurations that failed.
 *
 * @param initial the value before; undefined if it is not known
 */
export function isLinearizable(operations: readonly Operation[], initial: number | undefined): boolean {
  return new Search(operations).run(initial);
}

/** The value after an operation; false if its answer is impossible. @param value undefined if it is not known */
function step(value: number | undefined, action: Operation['action']): number | undefined | false {
  if (action.kind === 'read') return value === undefined || value === action.value ? action.value : false;
  const { expected, outcome } = action;
  switch (outcome) {
    case 'done':
      return value === undefined || value === expected ? action.value : false;
    case 'refused':
      return value === undefined || value !== expected ? value : false;
    case 'unknown':
      // Where it would not write, it waits: without an answer it needs no place in the order.
      return value === undefined || value === expected ? action.value : false;
  }
}

class BitSet {
  private readonly bytes: Buffer;

  constructor(size: number) {
    this.bytes = Buffer.alloc(Math.ceil(size / 8));
  }

  flip(index: number): void {
    const byte = index >> 3;
    this.bytes[byte] = (this.bytes[byte] ?? 0) ^ (1 << (index & 7));
  }

  toString(): string {
    return this.bytes.toString('latin1');
  }
}

/** A call or an answer, in a list by time from which an operation is taken when its place in the order is found. */
interface Event {
  readonly operation: number;
  /** undefined for an answer */
  readonly answer: Event | undefined;
  previous: Event | undefined;
  next: Event | undefined;
}

/** An operation that has its place in the order. */
interface Decision {
  readonly call: Event;
  /** the value before it */
  readonly before: number | undefined;
  /** Otherwise its place cannot be wrong: no operation after it sees a difference. */
  readonly changed: boolean;
}

class Search {
  /** Its `next` is the first event. */
  private readonly head: Event = { operation: -1, answer: undefined, previous: undefined, next: undefined };

  constructor(private readonly operations: readonly Operation[]) {
    const events: { time: number; isCall: boolean; event: Event }[] = [];
    operations.forEach(({ called, returned }, operation) => {
      const answer: Event = { operation, answer: undefined, previous: undefined, next: undefined };
      const call: Event = { operation, answer, previous: undefined, next: undefined };
      events.push(
        { time: called, isCall: true, event: call },
        { time: returned, isCall: false, event: answer },
      );
    });
    // At the same time a call comes before an answer: such operations overlap.
    events.sort((a, b) =>
      a.time === b.time ? Number(b.isCall) - Number(a.isCall) : a.time < b.time ? -1 : 1,
    );
    let last = this.head;
    for (const { event } of events) {
      event.previous = last;
      last.next = event;
      last = event;
    }
  }

  run(initial: number | undefined): boolean {
    let value = initial;
    const done = new BitSet(this.operations.length);
    const failed = new Set<string>();
    const taken: Decision[] = [];
    let event = this.head.next;
    while (this.head.next) {
      if (event?.answer) {
        const after = step(value, (this.operations[event.operation] as Operation).action);
        if (after !== false) {
          done.flip(event.operation);
          const configuration = `${String(after)} ${done.toString()}`;
          if (!failed.has(configuration)) {
            failed.add(configuration);
            taken.push({ call: event, before: value, changed: after !== value });
            value = after;
            remove(event);
            event = this.head.next;
            continue;
          }
          done.flip(event.operation);
        }
        event = event.next;
        continue;
      }
      // An answer whose call is not in the order yet, or the end without it: the last decision was wrong.
      if (event === undefined || (this.operations[event.operation] as Operation).returned !== Infinity) {
        let decision;
        do {
          decision = taken.pop();
          if (!decision) return false;
          done.flip(decision.call.operation);
          restore(decision.call);
        } while (!decision.changed);
        value = decision.before;
        event = decision.call.next;
        continue;
      }
      // The rest are operations without an answer, and they need no place in the order.
      return true;
    }
    return true;
  }
}

function remove(call: Event): void {
  for (const event of [call, call.answer as Event]) {
    if (event.previous) event.previous.next = event.next;
    if (event.next) event.next.previous = event.previous;
  }
}

function restore(call: Event): void {
  for (const event of [call.answer as Event, call]) {
    if (event.previous) event.previous.next = event;
    if (event.next) event.next.previous = event;
  }
}

/**
 * The shortest part of a history, in time, that is not linearizable by itself, whatever the value was before it; empty
 * if the history is linearizable.
 */
export function shortestViolation(operations: readonly Operation[], initial: number): Operation[] {
  if (isLinearizable(operations, initial)) return [];
  const ends = operations
    .map(({ returned }) => returned)
    .filter((time) => time !== Infinity)
    .sort((a, b) => a - b);
  const end =
    ends[firstWhere(ends.length, (index) => !isLinearizable(until(operations, ends[index] ?? 0), initial))];
  const prefix = until(operations, end ?? Infinity);
  // Without the operations at the beginning the value before is not known. That they are needed is possible, too.
  const starts = [...new Set(prefix.map(({ called }) => called))].sort((a, b) => b - a);
  const start = firstWhere(
    starts.length,
    (index) => !isLinearizable(since(prefix, starts[index] ?? 0), undefined),
  );
  return start === starts.length ? prefix : since(prefix, starts[start] ?? 0);
}

/** The history as it was known at a time: calls that were not answered then have no answer. */
function until(operations: readonly Operation[], time: number): Operation[] {
  return operations.flatMap((operation) => {
    if (operation.called > time) return [];
    return operation.returned <= time ? [operation] : unanswered(operation);
  });
}

/** The history from a time on: calls that were under way then may have written before it, or after it. */
function since(operations: readonly Operation[], time: number): Operation[] {
  const rest = operations.filter(({ called }) => called >= time);
  const seen = new Set(rest.map(({ action }) => (action.kind === 'read' ? action.value : action.expected)));
  const underWay = operations
    .filter(({ called, returned }) => called < time && returned >= time)
    .filter(
      ({ action }) => seen.has(action.value) && !(action.kind !== 'read' && action.outcome === 'refused'),
    );
  return [...underWay.flatMap(unanswered), ...rest];
}

/** What is known of a call before its answer: nothing of a read, and that a write may have happened. */
function unanswered(operation: Operation): Operation[] {
  const { action } = operation;
  if (action.kind === 'read') return [];
  return [{ ...operation, returned: Infinity, action: { ...action, outcome: 'unknown' } }];
}

/** The first index for which the condition holds, if it holds for all that follow. */
function firstWhere(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
