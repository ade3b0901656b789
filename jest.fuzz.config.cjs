/**
 * `npm run test:fuzz`: requests made of the OpenAPI document, valid and invalid ones.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testRegex: '\\.fuzz\\.ts$',
  maxWorkers: 1,
  reporters: ['default'],
  testTimeout: 24 * 60 * 60 * 1000,
};
