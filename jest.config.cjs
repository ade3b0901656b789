// The driver's native variant is not installed; tests load the driver before our sources can say so.
delete process.env.NODE_PG_FORCE_NATIVE;

/**
 * All tests: `npx jest FILE` finds each of them. `npm test` and `npm run test:slow` run a part each.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: '\\.(e2e-)?spec\\.ts$',
  transform: {
    '\\.ts$|/src/openapi/assets/.*\\.js$': [
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
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // Half of what the tests do is waiting for the database and for processes.
  maxWorkers: '100%',
  reporters: ['<rootDir>/test/support/announcement.cjs', 'default'],
  coverageProvider: 'v8',
  // Only a test that hangs takes so long: a busy machine needs many times what a quiet one does.
  testTimeout: 180_000,
};
