'use strict';

// Runs the function as Lambda does: it loads the module in the folder of the function, and calls the handler for one event
// after the other.
const path = require('node:path');
const { handler } = require(path.resolve('dist', 'lambda.js'));

process.on('message', (event) => {
  handler(event, {}).then(
    (answer) => process.send({ answer }),
    (error) => process.send({ error: String(error) }),
  );
});
