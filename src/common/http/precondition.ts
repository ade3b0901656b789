import { PRECONDITION_FAILED, PRECONDITION_REQUIRED, Problem } from '../problems/problem';

/** The grammar of RFC 9110, section 13.1.1. Node reads header values as Latin-1. */
const ENTITY_TAG = String.raw`(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const ENTITY_TAGS = new RegExp(
  String.raw`^[\t ]*(?:,[\t ]*)*${ENTITY_TAG}(?:[\t ]*,(?:[\t ]*${ENTITY_TAG})?)*[\t ]*$`,
);

/** The entity tags that `If-Match` names, or `*` for any; undefined if the value is malformed. */
export function parseIfMatch(value: string): ReadonlySet<string> | '*' | undefined {
  if (value.trim() === '*') return '*';
  if (!ENTITY_TAGS.test(value)) return undefined;
  // The weak form of our tag counts as the tag, because proxies that compress responses make tags weak.
  return new Set(value.match(/"[^"]*"/g));
}

/** What a request demands of the resource that it changes. */
export class Precondition {
  /**
   * @param etags the entity tags of `If-Match`; undefined without the header
   * @param isRequired whether a request without `If-Match` is refused
   */
  constructor(
    private readonly etags: ReadonlySet<string> | '*' | undefined,
    private readonly isRequired: boolean,
  ) {}

  /** Whether the resource must be read before it is written. `*` asks only that it exists, as every write does. */
  get needsCheck(): boolean {
    return this.etags === undefined ? this.isRequired : this.etags !== '*';
  }

  /**
   * @param etag the entity tag of the resource as it is now
   * @throws Problem 412 `precondition_failed`, 428 `precondition_required`
   */
  check(etag: string): void {
    if (this.etags === '*' || this.etags?.has(etag)) return;
    if (this.etags) throw new Problem(PRECONDITION_FAILED);
    if (this.isRequired) throw new Problem(PRECONDITION_REQUIRED);
  }
}

/** Of a write without `If-Match`: the last writer wins. */
export const NO_PRECONDITION = new Precondition(undefined, false);
