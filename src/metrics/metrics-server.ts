import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Logger } from 'pino';
import { SECURITY_HEADERS } from '../common/http/security-headers';
import { CONTENT_TYPE } from './prometheus-metrics';

/** Serves `GET /metrics`, and nothing else, on a port of its own. */
export class MetricsServer {
  private constructor(private readonly server: Server) {}

  /** @param scrape returns all metrics in the text format of Prometheus */
  static async listen(
    port: number,
    host: string,
    scrape: () => Promise<string>,
    logger: Logger,
  ): Promise<MetricsServer> {
    const server = createServer(({ method, url }, response) => {
      if (method !== 'GET' || url?.split('?', 1)[0] !== '/metrics') {
        answer(response, 404, 'text/plain', 'Only GET /metrics is served here.\n');
        return;
      }
      scrape().then(
        (text) => {
          answer(response, 200, CONTENT_TYPE, text);
        },
        (error: unknown) => {
          logger.error({ err: error }, 'the metrics could not be collected');
          answer(response, 500, 'text/plain', 'The metrics could not be collected.\n');
        },
      );
    });
    server.listen(port, host);
    await once(server, 'listening');
    return new MetricsServer(server);
  }

  get address(): AddressInfo {
    return this.server.address() as AddressInfo;
  }

  /** Closes the port, and every connection to it. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, { ...SECURITY_HEADERS, 'content-type': type, 'cache-control': 'no-store' })
    .end(body);
}
