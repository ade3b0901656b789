// The functions of BackgroundThreads. It is JavaScript, because tests run the sources, and the code of a thread is not
// compiled there.
const { Buffer } = require('node:buffer');
const { sign } = require('node:crypto');
const { workerData } = require('piscina');
const { hashSync, verifySync } = require('@node-rs/argon2');

module.exports = {
  /** @param {{ password: string, options: import('@node-rs/argon2').Options }} task */
  hash: ({ password, options }) => hashSync(password, options),

  /** @param {{ password: string, passwordHash: string }} task */
  verify: ({ password, passwordHash }) => verifySync(passwordHash, password),

  /** @param {{ texts: string[] }} task */
  sign: ({ texts }) =>
    texts.map((text) => sign('RSA-SHA256', Buffer.from(text), workerData.privateKey).toString('base64url')),
};
