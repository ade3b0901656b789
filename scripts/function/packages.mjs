// The packages that the function has as folders, because they start threads, have native code, or serve files.
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';

/** The binaries of this machine: the function must run on a like one. */
const PLATFORM = `linux-${process.arch}-gnu`;

/** What each has that is used when the function runs: a file, or a folder with its JavaScript. */
const PACKAGES = {
  '@napi-rs/nice': ['index.js', 'nice.js'],
  [`@napi-rs/nice-${PLATFORM}`]: [`nice.${PLATFORM}.node`],
  '@node-rs/argon2': ['index.js'],
  [`@node-rs/argon2-${PLATFORM}`]: [`argon2.${PLATFORM}.node`],
  piscina: ['dist'],
  'swagger-ui-dist': ['swagger-ui-bundle.js', 'swagger-ui.css'],
};

/** The packages that are no part of the bundle. */
export const isCopied = (id) =>
  Object.keys(PACKAGES).some((name) => id === name || id.startsWith(`${name}/`));

/** @returns the folders of the packages */
export function copyPackages(target) {
  return Object.entries(PACKAGES).map(([name, files]) => {
    const folder = path.join('node_modules', name);
    if (!existsSync(folder)) {
      throw new Error(`${name} is not installed. Build on a system like the function's: Linux with glibc.`);
    }
    for (const file of ['package.json', ...files]) {
      cpSync(path.join(folder, file), path.join(target, folder, file), {
        recursive: true,
        filter: (from) => !/\.(map|d\.ts|mjs)$/.test(from),
      });
    }
    return folder;
  });
}
