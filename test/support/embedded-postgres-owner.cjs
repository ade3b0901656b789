// Starts an embedded PostgreSQL for a test that will kill this process, or see it refused.
const { EmbeddedPostgres } = require('../../dist/database/embedded/embedded-postgres.js');

EmbeddedPostgres.start({ ...JSON.parse(process.argv[2]), log: () => undefined }).then(
  (postgres) => process.send({ connection: postgres.connection, adopted: postgres.adopted }),
  (error) => process.send({ error: error.message }, () => process.exit(1)),
);
