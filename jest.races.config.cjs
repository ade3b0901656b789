/**
 * `npm run test:races`: simultaneous requests to two instances, many rounds each.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testRegex: '\\.races\\.ts$',
  maxWorkers: 1,
  reporters: ['default'],
  testTimeout: 1_800_000,
};
