// Builds the admin panel into dist/admin, and compresses its files once, so that no request has to.
// A process of its own, because Vite changes NODE_ENV, and its memory and threads must not stay in the server.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

process.chdir(path.join(import.meta.dirname, '..'));

const FOLDER = 'dist/admin';

/** The page itself is not among them: it is smaller than the headers that come with it. */
const COMPRESSIBLE = /\.(js|css|svg|md)$/;

try {
  await build({ configFile: 'admin/vite.config.mjs', logLevel: 'warn' });
  const files = readdirSync(FOLDER, { recursive: true }).filter((file) => COMPRESSIBLE.test(file));
  await Promise.all(files.map((file) => compress(path.join(FOLDER, file))));
} catch (error) {
  process.stderr.write(`emporium: The admin panel cannot be built.\n${error.message}\n`);
  process.exitCode = 1;
}

async function compress(file) {
  const content = readFileSync(file);
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gz);
}
