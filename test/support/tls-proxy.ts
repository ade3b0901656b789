import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { addressOf, type DatabaseConnection } from '../../src/database/connection';
import { type Certificate } from './certificate';
import { testServer } from './database';

/** What a server says to a client that asks for TLS: a certificate, that it has none, or something else. */
export type Greeting = Certificate | 'no TLS' | Buffer;

/** Stands in front of the server of the tests and speaks TLS for it, with a certificate that can change. */
export class TlsProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(public greeting: Greeting) {}

  async listen(): Promise<void> {
    const server = createServer((client) => {
      this.keep(client);
      client.once('data', (request: Buffer) => {
        // Without TLS this is the start-up message already.
        if (request.readInt32BE(4) === SSL_REQUEST) this.greet(client);
        else this.join(client, request);
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
  }

  /** The database of this connection, by way of this proxy. */
  urlOf(connection: DatabaseConnection, parameters: Record<string, string>): string {
    const { user, password = '', database } = addressOf(connection);
    const query = new URLSearchParams(parameters).toString();
    return `postgres://${user}:${password}@localhost:${this.port}/${database}?${query}`;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => server?.close(resolve));
    this.cut();
    await closed;
  }

  private greet(client: Socket): void {
    const { greeting } = this;
    if (greeting === 'no TLS') {
      client.write('N');
      client.once('data', (request: Buffer) => {
        this.join(client, request);
      });
    } else if (Buffer.isBuffer(greeting)) {
      client.write(greeting);
    } else {
      client.write('S');
      const secure = new TLSSocket(client, { isServer: true, ...greeting });
      this.keep(secure);
      this.join(secure);
    }
  }

  private join(client: Duplex, first?: Buffer): void {
    const { host, port } = addressOf(testServer());
    const database = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    this.keep(database);
    if (first) database.write(first);
    client.pipe(database).pipe(client);
    database.on('close', () => client.destroy());
    client.on('close', () => database.destroy());
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}

/** The number in the message by which a client asks for TLS (PostgreSQL manual, "Message Formats"). */
const SSL_REQUEST = 80_877_103;
