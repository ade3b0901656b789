const { readdirSync, readFileSync, existsSync } = require('node:fs');
const path = require('node:path');

/**
 * Names of the installed packages that are ESM only. Jest runs as CommonJS on every Node we support, so these
 * are compiled like our own code.
 */
function esmPackages(root) {
  const names = [];
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const folder = path.join(root, entry.name);
    if (entry.name.startsWith('@')) {
      names.push(...esmPackages(folder).map((name) => `${entry.name}/${name}`));
    } else if (existsSync(path.join(folder, 'package.json'))) {
      if (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).type === 'module')
        names.push(entry.name);
    }
  }
  return names;
}

const escaped = esmPackages(path.join(__dirname, 'node_modules')).map((name) =>
  name.replaceAll('/', '[/\\\\]'),
);

// The driver's native variant is not installed; tests load the driver before our sources can say so.
delete process.env.NODE_PG_FORCE_NATIVE;

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: '\\.(e2e-)?spec\\.ts$',
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${escaped.join('|')})/)`],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Half of what the tests do is waiting for the database and for processes.
  maxWorkers: '100%',
  coverageProvider: 'v8',
  // Only a test that hangs takes so long: a busy machine needs many times what a quiet one does.
  testTimeout: 180_000,
};
