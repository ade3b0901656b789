'use strict';

// Runs the compiled function as Lambda does: it loads the module, and calls the handler for one event after the other.
const path = require('node:path');
const { handler } = require(path.join(__dirname, '..', '..', 'dist', 'lambda.js'));

process.on('message', (event) => {
  handler(event, {}).then(
    (answer) => process.send({ answer }),
    (error) => process.send({ error: String(error) }),
  );
});
