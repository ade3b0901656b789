// Writes the Postman files that are generated from the OpenAPI document.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { ENVIRONMENT, makeCollection } from './postman.mjs';

const root = path.join(import.meta.dirname, '..');
const document = JSON.parse(readFileSync(path.join(root, 'client', 'openapi.json'), 'utf8'));
await write('collection', await makeCollection(document));
await write('environment', ENVIRONMENT);

async function write(kind, content) {
  const file = path.join(root, 'docs', 'postman', `emporium.postman_${kind}.json`);
  writeFileSync(file, await format(JSON.stringify(content), { filepath: file }));
}
