import fc from 'fast-check';
import { isLinearizable, type Operation, shortestViolation } from './linearizability';

const read = (called: number, returned: number, value: number): Operation => ({
  client: 0,
  called,
  returned,
  action: { kind: 'read', value },
});

const write = (
  called: number,
  returned: number,
  expected: number,
  value: number,
  outcome: 'done' | 'refused' | 'unknown' = 'done',
): Operation => ({
  client: 0,
  called,
  returned,
  action: { kind: 'compare-and-set', expected, value, outcome },
});

describe('isLinearizable', () => {
  it.each<[string, Operation[], boolean]>([
    ['nothing', [], true],
    ['a read of the initial value', [read(0, 1, 0)], true],
    ['a read of another value', [read(0, 1, 5)], false],
    ['a write and a read after it', [write(0, 1, 0, 1), read(2, 3, 1)], true],
    ['a read of the old value after a write', [write(0, 1, 0, 1), read(2, 3, 0)], false],
    ['a read of the old value beside a write', [write(0, 3, 0, 1), read(1, 2, 0)], true],
    ['a read of the new value beside a write', [write(0, 3, 0, 1), read(1, 2, 1)], true],
    ['the new value and then the old one', [write(0, 9, 0, 1), read(1, 2, 1), read(3, 4, 0)], false],
    ['two writers who both won', [write(0, 5, 0, 1), write(1, 6, 0, 2)], false],
    ['two writers of whom one won', [write(0, 5, 0, 1), write(1, 6, 0, 2, 'refused')], true],
    ['a refusal without a reason', [write(0, 1, 0, 1, 'refused')], false],
    ['a refusal before the reason', [write(0, 1, 0, 2, 'refused'), write(2, 3, 0, 1)], false],
    ['a lost update', [write(0, 1, 0, 1), write(2, 3, 1, 2), read(4, 5, 1)], false],
    ['no answer, and it happened', [write(0, Infinity, 0, 1, 'unknown'), read(5, 6, 1)], true],
    ['no answer, and it did not happen', [write(0, Infinity, 0, 1, 'unknown'), read(5, 6, 0)], true],
    [
      'no answer, and it happened late',
      [write(0, Infinity, 0, 1, 'unknown'), read(5, 6, 0), read(7, 8, 1)],
      true,
    ],
    [
      'no answer, and it happened and was undone',
      [write(0, Infinity, 0, 1, 'unknown'), read(5, 6, 1), read(7, 8, 0)],
      false,
    ],
    ['an effect before the call', [read(0, 1, 1), write(2, 3, 0, 1)], false],
  ])('%s', (_what, operations, expected) => {
    expect(isLinearizable(operations, 0)).toBe(expected);
    expect(shortestViolation(operations, 0).length === 0).toBe(expected);
  });

  it('finds a violation in a long history in which many calls have no answer', () => {
    const operations = Array.from({ length: 500 }, (_none, n) => {
      const time = 10 * n;
      return [
        write(time, time + 15, n, n + 1),
        ...Array.from({ length: 6 }, () => write(time + 1, time + 20, n - 3, 0, 'refused')),
        ...(n % 20 ? [] : [write(time, Infinity, n, 10_000 + n, 'unknown')]),
      ];
    }).flat();
    expect(isLinearizable(operations, 0)).toBe(true);
    const lost = read(4500, 4510, 3);
    expect(isLinearizable([...operations, lost], 0)).toBe(false);
    expect(shortestViolation([...operations, lost], 0)).toContain(lost);
  });

  it('judges like a search of all orders', () => {
    const operation = fc
      .record({
        called: fc.nat(12),
        length: fc.integer({ min: 1, max: 6 }),
        kind: fc.constantFrom('read', 'done', 'refused', 'unknown'),
        expected: fc.nat(3),
        value: fc.nat(3),
      })
      .map(({ called, length, kind, expected, value }): Operation => {
        const returned = called + length;
        if (kind === 'read') return read(called, returned, value);
        return write(called, kind === 'unknown' ? Infinity : returned, expected, value, kind);
      });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
        expect(isLinearizable(operations, 0)).toBe(hasOrder(operations, 0));
      }),
      { numRuns: 3000 },
    );
  });
});

/** The definition, without any shortcut: one operation after the other, and unanswered ones happen or not. */
function hasOrder(operations: readonly Operation[], value: number): boolean {
  if (operations.every(({ returned }) => returned === Infinity)) return true;
  const end = Math.min(...operations.map(({ returned }) => returned));
  return operations.some((operation, index) => {
    if (operation.called > end) return false;
    const rest = operations.filter((_other, at) => at !== index);
    const { action } = operation;
    if (action.kind === 'read') return action.value === value && hasOrder(rest, value);
    const isEqual = action.expected === value;
    if (action.outcome === 'done') return isEqual && hasOrder(rest, action.value);
    if (action.outcome === 'refused') return !isEqual && hasOrder(rest, value);
    return hasOrder(rest, value) || (isEqual && hasOrder(rest, action.value));
  });
}

describe('shortestViolation', () => {
  it('is the part that matters of a long history', () => {
    const before = Array.from({ length: 50 }, (_none, n) => write(10 * n, 10 * n + 5, n, n + 1));
    const violation = [write(500, 505, 50, 51), write(510, 515, 51, 52), read(520, 525, 51)];
    const after = Array.from({ length: 50 }, (_none, n) => write(600 + 10 * n, 605 + 10 * n, 52 + n, 53 + n));
    expect(shortestViolation([...before, ...violation, ...after], 0)).toEqual(violation.slice(1));
  });

  it('is not a part that a call from before it explains', () => {
    const [first, second] = [write(0, 45, 0, 8), write(20, 70, 0, 1)];
    const reads = [read(30, 32, 0), read(40, 42, 1)];
    expect(shortestViolation([first, second, ...reads], 0)).toEqual([
      first,
      write(20, Infinity, 0, 1, 'unknown'),
      ...reads,
    ]);
  });
});
