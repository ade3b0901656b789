/**
 * What `npm test` runs: all that needs no more than three minutes together.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testPathIgnorePatterns: ['/node_modules/', require('./test/support/slow-suites.cjs')],
  reporters: [
    ['<rootDir>/test/support/announcement.cjs', { firstTime: 'about 3 minutes on two quiet cores' }],
    'default',
  ],
};
