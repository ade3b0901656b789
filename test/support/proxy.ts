import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type DatabaseConnection } from '../../src/database/connection';

/** Stands between the application and its database, and can stop forwarding. */
export class Proxy {
  /** A statement with this in it, and all that follows it, stays with the proxy. */
  freezeAt: string | RegExp | undefined;
  frozen = false;
  private readonly sockets = new Set<Socket>();
  /** one for each direction of a connection */
  private readonly thaws = new Set<() => void>();
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly target: DatabaseConnection) {}

  async listen(): Promise<void> {
    const server = createServer((client) => {
      this.forward(client);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  get connection(): DatabaseConnection {
    if (!('url' in this.target)) return { ...this.target, host: '127.0.0.1', port: this.port };
    const url = new URL(this.target.url);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return { url: url.href };
  }

  /** Forwards what was held back too, as a network that was away does, also when the sender has gone. */
  thaw(): void {
    this.frozen = false;
    this.freezeAt = undefined;
    for (const thaw of this.thaws) thaw();
  }

  /** What is sent on the open connections is lost from now on, as in a network that has forgotten them. */
  forget(): void {
    for (const socket of this.sockets) {
      socket.removeAllListeners('data');
      socket.removeAllListeners('close');
      socket.resume();
    }
  }

  /** Cuts every connection, and takes no other. */
  async close(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private forward(client: Socket): void {
    const database = this.connectToTarget();
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      const held: Buffer[] = [];
      this.sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        if (from === client && this.freezeAt && chunk.toString('latin1').search(this.freezeAt) >= 0) {
          this.frozen = true;
        }
        if (this.frozen) held.push(chunk);
        else to.write(chunk);
      });
      const thaw = () => {
        for (const chunk of held.splice(0)) if (to.writable) to.write(chunk);
        if (!from.destroyed) return;
        this.thaws.delete(thaw);
        to.end();
      };
      this.thaws.add(thaw);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        if (held.length > 0) return;
        this.thaws.delete(thaw);
        to.destroy();
      });
    }
  }

  private connectToTarget(): Socket {
    if ('url' in this.target) {
      const { hostname, port } = new URL(this.target.url);
      return connect(Number(port || 5432), hostname);
    }
    const { host, port } = this.target;
    return host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  }
}
