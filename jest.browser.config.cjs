/**
 * `npm run test:browser`: the panel, the docs page and the client in Chromium, against the compiled program.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testEnvironment: '<rootDir>/test/support/browser-environment.cjs',
  testRegex: 'test/browser/.*\\.browser\\.ts$',
  maxWorkers: 1,
  reporters: ['default'],
  testTimeout: 600_000,
};
