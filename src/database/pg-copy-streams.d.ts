/** The part of the package that we use. It has no types of its own. */
declare module 'pg-copy-streams' {
  import { type Readable, type Writable } from 'node:stream';
  import type pg from 'pg';

  /** A statement COPY … FROM STDIN, and the stream of what it is sent. */
  export function from(text: string): Writable & pg.Submittable;

  /** A statement COPY … TO STDOUT, and the stream of what it sends. */
  export function to(text: string): Readable & pg.Submittable;
}
