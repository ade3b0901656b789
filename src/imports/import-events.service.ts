import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type Caller } from '../common/access';
import { Connections } from '../common/http/connections';
import { EventStream } from '../common/http/event-stream';
import { Places } from '../common/places';
import { Problem } from '../common/problems/problem';
import { Database } from '../database/database';
import { type ImportEvent, isNewer } from './import-event';
import { ImportEventsRepository } from './import-events.repository';
import { IMPORT_NOT_FOUND } from './imports.problems';
import { ImportsService } from './imports.service';

/** Time between two looks at an import, in milliseconds. All streams of an import share them. */
const POLL_INTERVAL = 1000;

/** How many streams a process has at most: each is an open connection. */
export const MAX_STREAMS = 100;

/** A stream ends after this time, in milliseconds, so that the client connects again, and its access is checked again. */
const MAX_AGE = 15 * 60 * 1000;

/** A stream, and what its client knows. */
interface Watcher {
  readonly stream: EventStream;
  readonly since: number;
  /** the last event */
  json: string;
}

/** The progress of imports as Server-Sent Events. */
@Injectable()
export class ImportEventsService implements OnModuleDestroy {
  private readonly watchers = new Map<number, Set<Watcher>>();
  private readonly places = new Places(MAX_STREAMS, 'Too many event streams are open');

  constructor(
    private readonly imports: ImportsService,
    private readonly events: ImportEventsRepository,
    private readonly database: Database,
    private readonly connections: Connections,
  ) {
    connections.drainSignal.addEventListener('abort', () => {
      this.endAll();
    });
  }

  onModuleDestroy(): void {
    this.endAll();
  }

  /** @throws Problem `import_not_found`, `forbidden` */
  async check(id: number, caller: Caller): Promise<void> {
    await this.imports.getOrThrow(id, caller);
  }

  /**
   * The states of an import from now on.
   *
   * @param known the id of the last event that the client has
   * @param signal aborts when the client has gone away
   * @returns undefined if the client has the final state already
   * @throws Problem `import_not_found`, `forbidden`, `unavailable` if there are too many streams
   */
  async open(
    id: number,
    known: string | undefined,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<EventStream | undefined> {
    await this.check(id, caller);
    const leave = this.places.take();
    let stream: EventStream | undefined;
    try {
      const event = await this.events.find(this.database, id);
      if (!event) throw new Problem(IMPORT_NOT_FOUND);
      const isNew = isNewer(event, known);
      if (event.isFinal && !isNew) return undefined;
      stream = new EventStream();
      if (isNew) stream.send(event.id, event.json);
      if (event.isFinal || this.connections.draining || signal.aborted) stream.end();
      else this.watch(id, { stream, since: performance.now(), json: event.json }, signal);
      return stream;
    } finally {
      if (stream) stream.once('close', leave);
      else leave();
    }
  }

  private watch(id: number, watcher: Watcher, signal: AbortSignal): void {
    const { stream } = watcher;
    const known = this.watchers.get(id);
    const all = known ?? new Set();
    this.watchers.set(id, all.add(watcher));
    const leave = () => stream.destroy();
    signal.addEventListener('abort', leave);
    stream.once('close', () => {
      signal.removeEventListener('abort', leave);
      all.delete(watcher);
      if (all.size === 0 && this.watchers.get(id) === all) this.watchers.delete(id);
    });
    if (!known) this.poll(id, all);
  }

  /** Looks at an import again and again, until nobody watches it. */
  private poll(id: number, all: Set<Watcher>): void {
    const timer = setTimeout(() => {
      if (all.size === 0) return;
      this.events
        .find(this.database, id)
        .then(
          (event) => {
            for (const watcher of all) tell(watcher, event);
          },
          // The database does not answer now. The next look may succeed.
          () => undefined,
        )
        .finally(() => {
          if (all.size > 0) this.poll(id, all);
        });
    }, POLL_INTERVAL);
    timer.unref();
  }

  private endAll(): void {
    for (const all of this.watchers.values()) for (const { stream } of all) stream.end();
    this.watchers.clear();
  }
}

/** @param event undefined if the import is no longer there */
function tell(watcher: Watcher, event: ImportEvent | undefined): void {
  const { stream, since } = watcher;
  if (event && event.json !== watcher.json && (event.isFinal || !stream.isBehind)) {
    stream.send(event.id, event.json);
    watcher.json = event.json;
  }
  if (!event || event.isFinal || performance.now() - since > MAX_AGE) stream.end();
}
