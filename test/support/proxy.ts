import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type DatabaseConnection } from '../../src/database/connection';

/** Stands between the application and its database, and can stop forwarding. */
export class Proxy {
  /** A statement with this in it, and all that follows it, stays with the proxy. */
  freezeAt: string | undefined;
  frozen = false;
  private readonly sockets = new Set<Socket>();
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

  /** Forwards what was held back too, as a network that was away does. */
  thaw(): void {
    this.frozen = false;
    this.freezeAt = undefined;
    for (const socket of this.sockets) socket.emit('thaw');
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
        if (from === client && this.freezeAt !== undefined && chunk.includes(this.freezeAt))
          this.frozen = true;
        if (this.frozen) held.push(chunk);
        else to.write(chunk);
      });
      from.on('thaw', () => {
        for (const chunk of held.splice(0)) if (to.writable) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
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
