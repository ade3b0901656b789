import { loginMarks } from './login-marks.js';
import { Session, SessionError } from './session.js';

/** The URL of the API, also behind a proxy that adds a path. */
const ROOT = new URL('../', import.meta.url);

/** @type {any} set by swagger-ui-bundle.js */
const { SwaggerUIBundle } = window;

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @returns {T}
 */
const element = (id) => /** @type {T} */ (document.getElementById(id));
/** @type {HTMLFormElement} */
const form = element('login-form');
const loggedIn = element('logged-in');
const message = element('login-message');

/** @type {any} Swagger UI, once the document is there */
let ui;

const session = new Session({
  call: (path, init) => fetch(new URL(path, ROOT), init),
  storage: sessionStorage,
  onChange: show,
});

/** @param {string} [text] */
function show(text = '') {
  const { user } = session;
  form.hidden = user !== undefined;
  loggedIn.hidden = user === undefined;
  element('user').textContent = user ? user.email + (user.role === 'admin' ? ' (admin)' : '') : '';
  message.textContent = text;
  message.classList.remove('error');
  authorize();
}

/** The security schemes for which Swagger UI has our token; it can only log out of these. @type {Set<string>} */
const authorized = new Set();

/** Gives the tokens to Swagger UI, or removes them. */
function authorize() {
  if (!ui) return;
  const tokens = { access_token: session.accessToken, refresh_token: session.refreshToken };
  for (const [name, token] of Object.entries(tokens)) {
    if (token !== undefined) {
      ui.preauthorizeApiKey(name, token);
      authorized.add(name);
    } else if (authorized.delete(name)) {
      ui.authActions.logout([name]);
    }
  }
}

/** @param {unknown} error */
function showError(error) {
  if (!(error instanceof SessionError)) throw error;
  message.textContent = error.message;
  message.classList.add('error');
}

/**
 * Runs the action of a button, and disables all buttons meanwhile.
 *
 * @param {() => Promise<void>} work
 * @param {() => HTMLElement | null} next gets the focus afterwards, because the button is hidden by then
 */
async function run(work, next) {
  const buttons = document.querySelectorAll('.login button');
  const disable = (/** @type {boolean} */ disabled) =>
    buttons.forEach((button) => button.toggleAttribute('disabled', disabled));
  disable(true);
  try {
    await work();
    disable(false);
    next()?.focus();
  } catch (error) {
    showError(error);
  } finally {
    disable(false);
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(
    [...new FormData(form)].map(([name, value]) => [name, String(value)]),
  );
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const act = button?.value === 'register' ? 'register' : 'logIn';
  message.textContent = '';
  const work = async () => {
    await session[act](email ?? '', password ?? '');
    form.reset();
  };
  void run(work, () => element('log-out'));
});
element('log-out').addEventListener('click', () => {
  void run(
    () => session.logOut(),
    () => form.querySelector('input'),
  );
});

/** Follows the theme of the system, as the rest of the page does. */
function followTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
  dark.addEventListener('change', apply);
  apply();
}

/** Swagger UI needs a component for each type and format, and without this one it writes a warning to the console. */
const INT64_FIELD = {
  components: {
    JsonSchema_integer_int64: (/** @type {any} */ props) =>
      ui.React.createElement(ui.getComponent('JsonSchema_string'), props),
  },
};

async function showDocument() {
  const spec = await (await fetch(new URL('openapi.json', ROOT))).json();
  // The API serves this page, so operations are sent to the same server.
  spec.servers = [{ url: ROOT.href.replace(/\/$/, '') }];
  ui = SwaggerUIBundle({
    dom_id: '#swagger-ui',
    spec,
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [INT64_FIELD, loginMarks],
    layout: 'BaseLayout',
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    defaultModelsExpandDepth: 0,
    // A validator would send the document to another host.
    validatorUrl: null,
    requestInterceptor: renewToken,
    responseInterceptor: observe,
    onComplete: authorize,
  });
}

/** @param {{ headers: Record<string, string> }} request */
async function renewToken(request) {
  const token = request.headers.Authorization?.replace(/^Bearer /, '');
  if (token) request.headers.Authorization = `Bearer ${await session.renewed(token)}`;
  return request;
}

/** @param {{ url: string, status: number, obj?: unknown }} response */
function observe(response) {
  const path = response.url.startsWith(ROOT.href) ? response.url.slice(ROOT.href.length) : '';
  session.observe(path, response.status, response.obj).catch(showError);
  return response;
}

followTheme();
show();
session.resume().catch(showError);
showDocument().catch(() => {
  element('swagger-ui').textContent = 'The document could not be loaded. Load this page again.';
});
