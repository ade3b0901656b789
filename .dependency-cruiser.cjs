const { existsSync, readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

const SOURCES = path.join(__dirname, 'src');
const moduleOf = (name) => path.join(SOURCES, name, `${name}.module.ts`);

/** A folder with a module of its name is a feature. */
const FEATURES = readdirSync(SOURCES).filter((name) => existsSync(moduleOf(name)));

/** The features whose modules the module of this one imports, and those that they import: these it may know. */
function knownTo(feature) {
  const imports = readFileSync(moduleOf(feature), 'utf8').matchAll(/from '\.\.\/(\w+)\/\1\.module'/g);
  return [...imports].flatMap(([, other]) => [other, ...knownTo(other)]);
}

/** How the driver is spoken to; they know nothing of Emporium. */
const DRIVER = '^src/database/(driver-options|javascript-driver)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'foundation-knows-no-feature',
      severity: 'error',
      from: { path: '^src/(common|config|database|reads)/' },
      to: { path: `^src/(${FEATURES.join('|')})/` },
    },
    {
      name: 'database-knows-no-common',
      severity: 'error',
      from: { path: '^src/database/' },
      to: { path: '^src/(common|reads)/' },
    },
    {
      name: 'the-embedded-database-knows-nothing-of-emporium',
      severity: 'error',
      from: { path: '^src/database/embedded/' },
      to: { path: '^src/', pathNot: ['^src/database/embedded/', DRIVER] },
    },
    {
      name: 'config-knows-only-rules-for-input',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: '^src/(config|common/input)/' },
    },
    ...FEATURES.map((feature) => ({
      name: `${feature}-knows-only-what-its-module-imports`,
      severity: 'error',
      from: { path: `^src/${feature}/` },
      to: {
        path: `^src/(${FEATURES.join('|')})/`,
        pathNot: `^src/(${[feature, ...knownTo(feature)].join('|')})/`,
      },
    })),
    ...FEATURES.map((feature) => ({
      name: `${feature}-shows-module-service-entity-problems-response-dto-and-filters`,
      severity: 'error',
      from: { path: `^src/(${FEATURES.join('|')})/`, pathNot: `^src/${feature}/` },
      to: {
        path: `^src/${feature}/`,
        pathNot: [
          `^src/${feature}/(${feature}\\.(module|problems|rules|decorator)|[a-z-]+\\.(service|entity)|dto/([a-z]+|item-query)\\.dto)\\.ts$`,
          `^src/${feature}/[a-z]+/dto/[a-z]+\\.dto\\.ts$`,
        ],
      },
    })),
    {
      name: 'the-program-knows-nothing-beside-it',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(test|demo|bench|admin)/' },
    },
    {
      name: 'of-the-program-only-bulk-commands-are-a-client',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/commands/bulk/' },
      to: { path: '^client/' },
    },
    {
      name: 'the-demo-is-a-client',
      severity: 'error',
      from: { path: '^demo/' },
      to: { path: '^(src|test)/' },
    },
    {
      name: 'the-client-knows-only-the-api',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^(src|test|demo|bench|admin)/' },
    },
    {
      name: 'the-panel-knows-only-the-client',
      severity: 'error',
      from: { path: '^admin/' },
      to: { path: '^(src|test|demo|bench)/' },
    },
    {
      name: 'the-bench-knows-only-the-embedded-database',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^(src|test|demo)/', pathNot: ['^src/database/embedded/', DRIVER] },
    },
    {
      name: 'no-development-package-in-the-program',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.(spec|d)\\.ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['emporium-source', 'require', 'node', 'default'],
    },
  },
};
