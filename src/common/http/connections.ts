import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** The open connections and the requests on them: for what Node does not do by itself when it stops or refuses. */
export class Connections {
  private readonly sockets = new Set<Socket>();
  /** The responses under way on each connection, in the order of their requests. */
  private readonly responses = new WeakMap<Socket, Set<ServerResponse>>();
  private isDraining = false;
  /** Requests that wait until the listener is closed; undefined while none has to wait. */
  private held: (() => void)[] | undefined;
  private acceptedCount = 0;

  /** How many connections there have been. */
  get accepted(): number {
    return this.acceptedCount;
  }

  /** Whether the process is about to stop. Readiness fails then, and responses ask clients to connect elsewhere. */
  get draining(): boolean {
    return this.isDraining;
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.acceptedCount++;
      this.sockets.add(socket);
      socket.once('close', () => {
        this.sockets.delete(socket);
        // Node closes only the response whose turn it is, and never those of the pipelined requests after it.
        for (const response of this.responses.get(socket) ?? []) {
          if (!response.socket) response.destroy().emit('close');
        }
      });
    });
  }

  /** Registers a response that is under way. */
  begin(response: ServerResponse): void {
    const { socket } = response.req;
    const responses = this.responses.get(socket) ?? new Set();
    this.responses.set(socket, responses.add(response));
    response.once('close', () => {
      responses.delete(response);
      if (this.isDraining) socket.end();
    });
  }

  /** The last response that a connection waits for, if it waits for one. */
  underWay(socket: Socket): ServerResponse | undefined {
    return [...(this.responses.get(socket) ?? [])].at(-1);
  }

  startDraining(): void {
    this.isDraining = true;
  }

  /** Has requests that arrive from now on wait for `release`. */
  hold(): void {
    this.held ??= [];
  }

  release(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const begin of held) begin();
  }

  /** Lets a request begin, at once or after `release`. */
  admit(begin: () => void): void {
    if (this.held) this.held.push(begin);
    else begin();
  }

  /** Closes the connections without a request, those included that have never sent a byte. */
  closeIdle(): void {
    for (const socket of this.sockets) if (!this.responses.get(socket)?.size) socket.destroy();
  }
}
