import { type Operation } from '../support/openapi-document';
import { type Sent } from './exchange';
import { type Person, type Store, type World } from './world';

/** Whose request it is; `owner` owns what the request is about. */
export type Role = 'nobody' | 'stranger' | 'owner' | 'admin';

/** A number in JSON that is spelled in a special way, or that JavaScript cannot hold. */
export class Spelled {
  constructor(readonly text: string) {}
}

export type JsonStyle = 'compact' | 'spaced' | 'escaped' | 'reversed';

/** What a request is about. All of it is there, and belongs to the owner. */
export interface Scene {
  readonly world: World;
  readonly role: Role;
  /** who calls; undefined for nobody */
  person: Person | undefined;
  readonly store: Store;
  readonly item: number;
  readonly tag: number;
  /** the creation of an item, in the history */
  readonly change: number;
  readonly import: number;
  readonly user: Person;
}

/** A request in the making. */
export interface Draft {
  readonly operation: Operation;
  readonly scene: Scene;
  method: string;
  /** the segments in the place of the parameters, as they are sent */
  readonly path: Map<string, string>;
  /** appended to the path */
  suffix: string;
  /** names and values as they are sent */
  query: [name: string, value: string][];
  headers: [name: string, value: string][];
  authorization: string | undefined;
  contentType: string | undefined;
  /** the members of the body; undefined for no body */
  members: [name: string, value: unknown][] | undefined;
  /** sent instead of the members */
  instead: { value: unknown } | undefined;
  style: JsonStyle;
  /** changes the bytes of the body, of which there are none without a body */
  readonly transforms: ((body: Buffer) => Buffer | undefined)[];
}

export function setMember(draft: Draft, name: string, value: unknown): void {
  removeMember(draft, name);
  draft.members?.push([name, value]);
}

export function removeMember(draft: Draft, name: string): void {
  draft.members = draft.members?.filter(([each]) => each !== name);
}

/** @param value as it is sent */
export function setParameter(draft: Draft, name: string, ...values: string[]): void {
  draft.query = draft.query.filter(([each]) => each !== name);
  draft.query.push(...values.map((value): [string, string] => [name, value]));
}

export function setHeader(draft: Draft, name: string, value: string): void {
  draft.headers = draft.headers.filter(([each]) => each !== name);
  draft.headers.push([name, value]);
}

const LONG = 5000;

export function toSent(draft: Draft): Sent {
  const { operation, method, path, suffix, query, members, instead, transforms } = draft;
  // An escaped text is up to six times as long, and would be too large.
  const isLong = members?.some(([, value]) => typeof value === 'string' && value.length > LONG) ?? false;
  const style = isLong ? 'compact' : draft.style;
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => path.get(name) ?? '');
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const ordered = style === 'reversed' ? members?.toReversed() : members;
  const json = instead ? toJson(instead.value, style) : ordered && objectToJson(ordered, style);
  const written = json === undefined ? undefined : Buffer.from(json);
  const body = transforms.reduce(
    (bytes: Buffer | undefined, transform) => transform(bytes ?? Buffer.alloc(0)),
    written,
  );
  const headers = [...draft.headers];
  if (draft.authorization !== undefined) headers.push(['Authorization', draft.authorization]);
  if (draft.contentType !== undefined && body) headers.push(['Content-Type', draft.contentType]);
  return { method, target: filled + suffix + (search === '' ? '' : `?${search}`), headers, body };
}

function objectToJson(members: readonly [string, unknown][], style: JsonStyle): string {
  const [space, line] = style === 'spaced' ? [' ', '\r\n\t'] : ['', ''];
  const texts = members.map(
    ([name, value]) => `${line}${toJson(name, style)}${space}:${space}${toJson(value, style)}`,
  );
  return `${line}{${texts.join(`${space},`)}${line}}${line}`;
}

function toJson(value: unknown, style: JsonStyle): string {
  if (value instanceof Spelled) return value.text;
  if (Array.isArray(value)) return `[${value.map((element) => toJson(element, style)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return objectToJson(Object.entries(value), style);
  if (typeof value === 'string' && style === 'escaped') {
    return `"${Array.from({ length: value.length }, (_none, index) => `\\u${value.charCodeAt(index).toString(16).padStart(4, '0')}`).join('')}"`;
  }
  return JSON.stringify(value);
}
