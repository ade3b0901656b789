'use strict';

/** Suites about faults, races, rushes and whole processes: they wait more than they compute, and have a command of their own. */
const SLOW_SUITES = [
  'cli',
  'cluster',
  'database-connections',
  'database-settings',
  'deadlines',
  'demo',
  'embedded-postgres',
  'environment-variables',
  'hash-queue',
  'hostile-clients',
  'identity-races',
  'metrics-port',
  'outage',
  'overload',
  'pgbouncer',
  'pool-sizes',
  'process',
  'runner',
  'statements',
  'stop',
  'throttle',
  'tracing',
  'upgrade-check',
];

module.exports = `/test/(${SLOW_SUITES.join('|')})\\.e2e-spec\\.ts$`;
