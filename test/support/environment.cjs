'use strict';

const path = require('node:path');
const vm = require('node:vm');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const { TestEnvironment: NodeEnvironment } = require('jest-environment-node');

/**
 * Jest gives every suite a JavaScript context of its own, and so has to compile all packages again for each: two seconds
 * of computing for every suite that starts the application. Here the suites of a worker share one context, and Node
 * itself loads the packages, once, as it does in production. Our own modules are still loaded anew for each suite.
 */
class SharedContextEnvironment extends NodeEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimersModern = new ModernFakeTimers({ config: config.projectConfig, global: globalThis });
    globalThis.requireByNode = require;
    this.names = new Set(Reflect.ownKeys(globalThis));
    this.variables = { ...process.env };
  }

  getVmContext() {
    return SHARED;
  }

  async teardown() {
    // A spy that a suite forgot would stay in the packages.
    this.moduleMocker.restoreAllMocks();
    this.fakeTimersModern.useRealTimers();
    // With these goes what decorators have noted about the classes of the suite.
    for (const name of Reflect.ownKeys(globalThis)) {
      if (!this.names.has(name)) Reflect.deleteProperty(globalThis, name);
    }
    for (const name of Object.keys(process.env)) {
      if (!(name in this.variables)) delete process.env[name];
    }
    Object.assign(process.env, this.variables);
    await super.teardown();
  }
}

/** Stands for the context that this program itself runs in. */
const SHARED = vm.createContext({});

const PACKAGES = `${path.sep}node_modules${path.sep}`;
/** Jest's own modules keep the state of a suite, so every suite needs new ones. */
const OF_JEST = /[\\/]node_modules[\\/](jest-[^\\/]+|@jest[\\/][^\\/]+|expect|pretty-format)[\\/]/;
const LOADED_BY_NODE = `module.exports = globalThis.requireByNode(__filename);`;

const { compileFunction } = vm;
vm.compileFunction = (code, parameters, { parsingContext, ...options } = {}) => {
  if (parsingContext !== SHARED) return compileFunction(code, parameters, { parsingContext, ...options });
  const { filename } = options;
  const isPackage = filename.includes(PACKAGES) && !OF_JEST.test(filename);
  return compileFunction(isPackage ? LOADED_BY_NODE : code, parameters, options);
};

module.exports = SharedContextEnvironment;
