// What runs in the threads of PasswordsService. JavaScript, because tests run the sources and a thread is not compiled.
const { hashSync, verifySync } = require('@node-rs/argon2');

module.exports = {
  /** @param {{ password: string, options: import('@node-rs/argon2').Options }} task */
  hash: ({ password, options }) => hashSync(password, options),

  /** @param {{ password: string, passwordHash: string }} task */
  verify: ({ password, passwordHash }) => verifySync(passwordHash, password),
};
