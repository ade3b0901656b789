'use strict';

const SharedContextEnvironment = require('./environment.cjs');

/** Tells `afterEach` whether the test has failed, so that it can keep a picture of what the browser shows. */
class BrowserEnvironment extends SharedContextEnvironment {
  handleTestEvent({ name }) {
    if (name === 'test_start') this.global.testHasFailed = false;
    if (name === 'test_fn_failure' || name === 'hook_failure') this.global.testHasFailed = true;
  }
}

module.exports = BrowserEnvironment;
