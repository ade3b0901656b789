// Makes the Postman collection of the OpenAPI document: requests in an order in which each finds what it needs, with a test
// for each. Whoever has logged in as an admin can run all of it.
import converter from 'openapi-to-postmanv2';

/** What runs, in this order; operations that are not here do not fit into a run. */
const ORDER = [
  [
    'auth.register',
    { body: { email: '{{new_email}}', password: '{{new_password}}' }, saves: { user_id: 'id' } },
  ],
  [
    'auth.login',
    {
      body: { email: '{{email}}', password: '{{password}}' },
      saves: { access_token: 'access_token', refresh_token: 'refresh_token' },
    },
  ],
  [
    'auth.refresh',
    { token: 'refresh_token', saves: { access_token: 'access_token', refresh_token: 'refresh_token' } },
  ],
  ['auth.jwks'],
  ['account.get'],
  ['account.update', { body: { current_password: '{{password}}', email: '{{email}}' } }],
  // The account of whoever runs this stays: a wrong password is refused.
  ['account.delete', { body: { current_password: 'not {{password}}' }, status: 403 }],
  ['account.listSessions', { saves: { session_id: '0.id' } }],
  ['users.list', { ofAdmins: true }],
  ['users.get', { path: { id: 'user_id' }, ofAdmins: true }],
  ['users.update', { path: { id: 'user_id' }, body: { role: 'user' }, ofAdmins: true }],
  ['users.delete', { path: { id: 'user_id' }, ofAdmins: true }],
  ['stores.create', { body: { name: 'Garden Shop {{run}}' }, saves: { store_id: 'id' } }],
  ['stores.list'],
  ['stores.get', { path: { id: 'store_id' } }],
  ['stores.update', { path: { id: 'store_id' }, body: { name: 'Corner Shop {{run}}' } }],
  ['tags.create', { path: { id: 'store_id' }, saves: { tag_id: 'id' } }],
  ['tags.list', { path: { id: 'store_id' } }],
  ['tags.get', { path: { id: 'tag_id' } }],
  ['tags.update', { path: { id: 'tag_id' } }],
  [
    'items.create',
    {
      body: { name: 'Large watering can', price: 24.5, sku: 'WC-10', store_id: '{{store_id}}' },
      saves: { item_id: 'id' },
    },
  ],
  ['items.list'],
  ['items.listOfStore', { path: { id: 'store_id' } }],
  ['items.get', { path: { id: 'item_id' } }],
  ['items.replace', { path: { id: 'item_id' } }],
  ['items.update', { path: { id: 'item_id' } }],
  ['items.linkTags', { path: { id: 'item_id' }, body: { tags: ['{{tag_id}}'] } }],
  ['items.unlinkTag', { path: { item_id: 'item_id', tag_id: 'tag_id' } }],
  ['exports.exportItems', { path: { id: 'store_id' } }],
  ['edits.create', { path: { id: 'store_id' } }],
  ['imports.listOfStore', { path: { id: 'store_id' } }],
  ['changes.listOfStore', { path: { id: 'store_id' } }],
  ['changes.listOfItem', { path: { id: 'item_id' }, saves: { change_id: '0.id' } }],
  ['changes.undo', { path: { id: 'change_id' } }],
  ['items.delete', { path: { id: 'item_id' } }],
  ['tags.delete', { path: { id: 'tag_id' } }],
  ['stores.delete', { path: { id: 'store_id' } }],
  ['health.live'],
  ['health.ready'],
  ['auth.logout'],
  // It was the session that has just ended.
  ['account.endSession', { path: { id: 'session_id' }, status: 401 }],
];

/** Operations that only some servers have: development servers, and those whose issuer is a URL. Imports need a file. */
const LEFT_OUT = /^(developmentUsers\.|auth\.issuer$|importEvents\.|imports\.(?!listOfStore))/;

const ENVIRONMENT = {
  name: 'Emporium',
  values: [
    { key: 'base_url', value: 'http://127.0.0.1:3000' },
    { key: 'email', value: 'admin@example.com' },
    { key: 'password', value: '', type: 'secret' },
  ].map((value) => ({ type: 'default', ...value, enabled: true })),
  _postman_variable_scope: 'environment',
};

/** The content of each file, by its path in the repository. */
export async function makePostmanFiles(document) {
  return {
    'docs/postman/emporium.postman_collection.json': await makeCollection(document),
    'docs/postman/emporium.postman_environment.json': ENVIRONMENT,
  };
}

/** New names for each run. */
const BEFORE = [
  "if (!pm.collectionVariables.get('run')) {",
  "  pm.collectionVariables.set('run', pm.variables.replaceIn('{{$randomUUID}}'));",
  '}',
  "pm.collectionVariables.set('new_email', `${pm.collectionVariables.get('run')}@example.com`);",
  "pm.collectionVariables.set('new_password', pm.collectionVariables.get('run'));",
];

async function makeCollection(document) {
  const requests = await convert(document);
  const operations = Object.entries(document.paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route,
      method: method.toUpperCase(),
      ...operation,
    })),
  );
  const missing = operations.filter(
    ({ operationId }) => !LEFT_OUT.test(operationId) && !ORDER.some(([id]) => id === operationId),
  );
  if (missing.length > 0)
    throw new Error(`not in the order: ${missing.map(({ operationId }) => operationId).join(', ')}`);

  const items = ORDER.map(([id, options = {}]) => {
    const operation = operations.find(({ operationId }) => operationId === id);
    if (!operation) throw new Error(`no operation ${id}`);
    return toItem(operation, requests.get(`${operation.method} ${operation.route}`), options);
  });
  return {
    info: {
      name: document.info.title,
      description:
        'Generated from the OpenAPI document. Choose the environment, with the e-mail address and password of an account. The requests of `users` are for admins: anybody else gets 403.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    event: [{ listen: 'prerequest', script: { type: 'text/javascript', exec: BEFORE } }],
    item: items,
  };
}

/** The requests of the converter by method and route. */
async function convert(document) {
  const options = {
    folderStrategy: 'Tags',
    requestParametersResolution: 'Example',
    disableOptionalParameters: true,
  };
  const result = await new Promise((resolve, reject) => {
    converter.convert({ type: 'string', data: JSON.stringify(document) }, options, (error, made) => {
      if (error || !made.result) reject(error ?? new Error(made.reason));
      else resolve(made.output[0].data);
    });
  });
  const requests = result.item.flatMap(({ item }) => item).map(({ request }) => request);
  return new Map(
    requests.map((request) => [
      `${request.method} /${request.url.path.join('/').replaceAll(/:(\w+)/g, '{$1}')}`,
      request,
    ]),
  );
}

function toItem(
  operation,
  request,
  { path = {}, body, saves = {}, status, token = 'access_token', ofAdmins },
) {
  const success = Number(Object.keys(operation.responses)[0]);
  const statuses = [status ?? success, ...(ofAdmins ? [403] : [])];
  const { url, header = [], method } = request;
  return {
    name: operation.operationId,
    event: [{ listen: 'test', script: { type: 'text/javascript', exec: testOf(statuses, success, saves) } }],
    request: {
      method,
      description: operation.summary,
      auth:
        operation.security.length > 0
          ? { type: 'bearer', bearer: [{ key: 'token', value: `{{${token}}}`, type: 'string' }] }
          : { type: 'noauth' },
      url: {
        raw: `{{base_url}}/${url.path.join('/')}`,
        host: ['{{base_url}}'],
        path: url.path,
        // The values of the converter are made up.
        query: url.query.map(({ key, description }) => ({ key, value: '', description, disabled: true })),
        variable: url.variable.map(({ key, description }) => ({
          key,
          value: `{{${path[key]}}}`,
          description,
        })),
      },
      header: header
        .filter(({ key }) => !operation.parameters.some((each) => each.in === 'header' && each.name === key))
        .map(({ key, value }) => ({ key, value })),
      ...(request.body && {
        body: {
          mode: 'raw',
          raw: body ? withoutQuotes(JSON.stringify(body, null, 2)) : request.body.raw,
          options: { raw: { language: 'json' } },
        },
      }),
    },
  };
}

/** Ids are numbers. */
function withoutQuotes(text) {
  return text.replaceAll(/"(\{\{\w+_id\}\})"/g, '$1');
}

function testOf(statuses, success, saves) {
  const saved = Object.entries(saves).map(
    ([name, member]) => `  pm.collectionVariables.set('${name}', _.get(pm.response.json(), '${member}'));`,
  );
  return [
    `pm.test('answers ${statuses.join(' or ')}', () => pm.expect(pm.response.code).to.be.oneOf([${statuses.join(', ')}]));`,
    "pm.test('has a request id', () => pm.response.to.have.header('X-Request-Id'));",
    ...(saved.length > 0
      ? [`if (pm.response.code === ${success}) {`, "  const _ = require('lodash');", ...saved, '}']
      : []),
  ];
}
