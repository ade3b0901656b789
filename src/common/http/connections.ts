import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** The open connections and their requests, to stop without losing requests, and to refuse invalid HTTP. */
export class Connections {
  private readonly sockets = new Set<Socket>();
  /** The open responses of each connection, in the order of their requests. */
  private readonly responses = new WeakMap<Socket, Set<ServerResponse>>();
  private readonly drainStart = new AbortController();
  /** Requests that wait until the listener is closed; undefined while requests need not wait. */
  private held: (() => void)[] | undefined;
  private acceptedCount = 0;

  /** How many connections were accepted since the start. */
  get accepted(): number {
    return this.acceptedCount;
  }

  /** Whether the process is about to stop. Then readiness fails, and responses have `Connection: close`. */
  get draining(): boolean {
    return this.drainStart.signal.aborted;
  }

  /** Aborts when the process is about to stop, for responses that would not end by themselves. */
  get drainSignal(): AbortSignal {
    return this.drainStart.signal;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.acceptedCount++;
      this.sockets.add(socket);
      socket.once('close', () => {
        this.sockets.delete(socket);
        // Node closes only the current response, and not those of the pipelined requests after it.
        for (const response of this.responses.get(socket) ?? []) {
          if (!response.socket) response.destroy().emit('close');
        }
      });
    });
  }

  /** Registers an open response. */
  begin(response: ServerResponse): void {
    const { socket } = response.req;
    const responses = this.responses.get(socket) ?? new Set();
    this.responses.set(socket, responses.add(response));
    response.once('close', () => {
      responses.delete(response);
      if (this.draining) socket.end();
    });
  }

  /** The last open response of a connection, if there is one. */
  lastResponse(socket: Socket): ServerResponse | undefined {
    return [...(this.responses.get(socket) ?? [])].at(-1);
  }

  startDraining(): void {
    this.drainStart.abort();
  }

  /** Makes new requests wait for `release`. */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const begin of held) begin();
  }

  /** Starts a request, at once or after `release`. */
  admit(begin: () => void): void {
    if (this.held) this.held.push(begin);
    else begin();
  }

  /** Closes the connections without an open request, also those that have never sent a byte. */
  closeIdle(): void {
    for (const socket of this.sockets) if (!this.responses.get(socket)?.size) socket.destroy();
  }
}
