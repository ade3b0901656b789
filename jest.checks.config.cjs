/**
 * Checks that take minutes and want a quiet machine; no part of `npm test`. They print what they measured:
 * npx jest --config jest.checks.config.cjs
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testRegex: '\\.check\\.ts$',
  maxWorkers: 1,
  testTimeout: 900_000,
};
