/**
 * What `npm run test:slow` runs: faults, races and whole processes.
 *
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('./jest.config.cjs'),
  testRegex: require('./test/support/slow-suites.cjs'),
  reporters: [
    ['<rootDir>/test/support/announcement.cjs', { firstTime: 'about 6 minutes on two quiet cores' }],
    'default',
  ],
};
