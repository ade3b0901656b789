import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the build writes the panel. Seen from here it is the same folder for the sources as for the built program. */
const FOLDER = path.join(__dirname, '../../dist/admin');
const PAGE = 'index.html';

/** The forms of a file for clients that accept them. Nobody asks for them by name. */
const COMPRESSED = /\.(br|gz)$/;

export interface Panel {
  folder: string;
  /** the HTML of its only page */
  page: string;
  /** the paths of all other files that clients may read, relative to the folder */
  files: readonly string[];
}

/** Reads what the build has written. Undefined if only the program was built. */
export function findPanel(folder = FOLDER): Panel | undefined {
  if (!existsSync(path.join(folder, PAGE))) return undefined;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => file !== PAGE && !COMPRESSED.test(file));
  return { folder, page: readFileSync(path.join(folder, PAGE), 'utf8'), files };
}
