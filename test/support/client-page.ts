import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.join(__dirname, '..', '..');

/** A page of another origin than the API, with the client as `window.emporium`. */
export interface ClientPage {
  url: string;
  close: () => Promise<void>;
}

const HTML = `<!doctype html>
<title>A shop</title>
<link rel="icon" href="data:," />
<script type="importmap">{ "imports": { "openapi-fetch": "./openapi-fetch.mjs" } }</script>
<script type="module">
  import * as emporium from './client.mjs';
  window.emporium = emporium;
</script>
`;

/** Builds the package of the client, and serves its files as they are published, without a bundler. */
export async function serveClient(): Promise<ClientPage> {
  await promisify(execFile)(process.execPath, [path.join(ROOT, 'scripts', 'build-client.mjs')]);
  const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');
  const scripts = new Map([
    ['/client.mjs', await read('client/dist/index.mjs')],
    ['/openapi-fetch.mjs', await read('node_modules/openapi-fetch/dist/index.mjs')],
  ]);
  const server = createServer(({ url = '' }, response) => {
    const script = scripts.get(url);
    response.setHeader('content-type', script === undefined ? 'text/html' : 'text/javascript');
    response.end(script ?? HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
