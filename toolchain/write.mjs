// Writes the Postman files that are generated from the OpenAPI document.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { makePostmanFiles } from './postman.mjs';

const root = path.join(import.meta.dirname, '..');
const document = JSON.parse(readFileSync(path.join(root, 'client', 'openapi.json'), 'utf8'));
for (const [name, content] of Object.entries(await makePostmanFiles(document))) {
  const file = path.join(root, name);
  writeFileSync(
    file,
    await format(JSON.stringify(content), { ...(await resolveConfig(file)), filepath: file }),
  );
}
