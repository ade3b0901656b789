'use strict';

/** Suites about faults, races, rushes, whole processes and large tables. They take long, and have a command of their own. */
const SLOW_SUITES = [
  'build',
  'cli',
  'cli-import',
  'client-package',
  'cluster',
  'database-connections',
  'database-settings',
  'deadlines',
  'demo',
  'embedded-postgres',
  'environment-variables',
  'frozen-function',
  'gateway',
  'hash-queue',
  'hostile-clients',
  'licences',
  'identity-races',
  'import-large-files',
  'metrics-port',
  'outage',
  'overload',
  'pgbouncer',
  'plans',
  'pool-sizes',
  'process',
  'replicas',
  'runner',
  'statements',
  'stop',
  'throttle',
  'tracing',
  'upgrade-check',
];

module.exports = `/test/(${SLOW_SUITES.join('|')})\\.e2e-spec\\.ts$`;
