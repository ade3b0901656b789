/**
 * `npm run test:faults`: what dies and comes back under load, many rounds each.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testRegex: '\\.faults\\.ts$',
  maxWorkers: 1,
  reporters: ['default'],
  testTimeout: 1_800_000,
};
