import { type Operation } from '../support/openapi-document';

/** Answers that no request gets with the settings of the run. */
const IMPOSSIBLE = new Set([
  // Nothing is throttled, and nothing is overloaded.
  429, 503,
  // REQUIRE_IF_MATCH is off.
  428,
]);

/** Statuses that an operation has only with other settings, or beside another request. */
const ELSEWHERE_ONLY: Partial<Record<string, number[]>> = {
  // REGISTRATION is open.
  'POST /register': [401, 403],
  // JWT_ISSUER is a URL.
  'GET /.well-known/openid-configuration': [404],
  // Only while the first request with the key runs.
  'POST /stores/{id}/edits': [409],
};

export interface Answer {
  operation: Operation;
  status: number;
}

/** Counts what was tried and answered. */
export class Tally {
  private readonly byKind = new Map<string, number>();
  private readonly byOperation = new Map<string, Map<number, number>>();

  add({ name }: Operation, kind: string, status: number): void {
    increase(this.byKind, kind);
    const statuses = this.byOperation.get(name) ?? new Map<number, number>();
    this.byOperation.set(name, statuses);
    increase(statuses, status);
  }

  /** The documented answers that never came. */
  missing(operations: readonly Operation[]): Answer[] {
    return operations.flatMap((operation) => {
      const { name, responses } = operation;
      return [...responses.keys()]
        .filter((status) => !IMPOSSIBLE.has(status) && !this.byOperation.get(name)?.has(status))
        .filter((status) => !ELSEWHERE_ONLY[name]?.includes(status))
        .map((status) => ({ operation, status }));
    });
  }

  toString(): string {
    const kinds = [...this.byKind].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
    const operations = [...this.byOperation].sort().map(([name, statuses]) => {
      const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
      return `  ${name}: ${counts.join(', ')}`;
    });
    return [`by kind: ${kinds.join(', ')}`, 'by operation:', ...operations].join('\n');
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
