// Makes one file of the program and its packages: loading more than a thousand files takes most of a cold start.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { isCopied } from './packages.mjs';

/** Packages that others load only if they are there. Emporium does not have them. */
const OPTIONAL = [
  /^@nestjs\/(microservices|platform-express|websockets)(\/|$)/,
  /^@fastify\/(multipart|view)$/,
  // Of `debug`. Development packages install it.
  /^supports-color$/,
];

/** Modules of packages that Emporium never uses, but which are loaded with them. They are empty in the bundle. */
const UNUSED = [
  // TypeORM's drivers for other databases.
  /\/typeorm\/driver\/(?!postgres\/)[a-z0-9-]+\/\w+(Driver|QueryRunner)\.js$/,
  // Phone numbers, for a rule of class-validator.
  /\/node_modules\/libphonenumber-js\//,
];

/** The runtime of the bundler is part of the bundle. */
const BUNDLER = path.join('node_modules', 'rolldown');

/** @returns the folders of the packages in the bundle */
export async function bundle(input, target) {
  const build = await rolldown({
    input,
    platform: 'node',
    external: (id) => isCopied(id) || OPTIONAL.some((pattern) => pattern.test(id)),
    plugins: [keepFolders(path.dirname(path.resolve(input))), emptyUnused()],
    onLog: (level, { message }) => {
      throw new Error(`${level}: ${message}`);
    },
  });
  const { output } = await build.write({
    dir: target,
    format: 'cjs',
    chunkFileNames: '[name].js',
    // Nest and TypeORM use the names of classes, and stacks in the log show those of functions.
    keepNames: true,
    minify: { compress: true, mangle: false },
  });
  await build.close();
  compileAtOnce(path.join(target, path.basename(input)));
  const modules = output.flatMap(({ moduleIds = [] }) => moduleIds).filter((id) => !isUnused(id));
  return [BUNDLER, ...modules.map(packageOf).filter((folder) => folder !== undefined)];
}

/** Our modules find files next to them by `__dirname`. In the bundle it is the folder that the module would be in. */
function keepFolders(root) {
  return {
    name: 'keep-folders',
    transform: {
      filter: { id: new RegExp(`^${root}/`), code: /__dirname/ },
      handler: (code, id) => {
        const folder = path.relative(root, path.dirname(id));
        return code.replaceAll(
          '__dirname',
          `require('node:path').join(__dirname, ${JSON.stringify(folder)})`,
        );
      },
    },
  };
}

const isUnused = (id) => UNUSED.some((pattern) => pattern.test(id));

function emptyUnused() {
  return {
    name: 'empty-unused',
    load: { filter: { id: UNUSED }, handler: () => 'module.exports = {};' },
  };
}

/**
 * Turns the arrow function around each module into a function expression in parentheses. V8 compiles these at once. Of
 * others it first reads only where they end, so it would read each module twice.
 */
function compileAtOnce(file) {
  const code = readFileSync(file, 'utf8');
  const compiled = code.replace(/(\.t\(\()\(([\w$, ]*)\)=>\{/g, '$1function($2){');
  if (compiled === code) throw new Error('The bundler writes modules in another form than expected.');
  writeFileSync(file, compiled);
}

function packageOf(id) {
  const [folder] = /^.*\/node_modules\/(@[^/]+\/)?[^/]+/.exec(id) ?? [];
  return folder && path.relative('.', folder);
}
