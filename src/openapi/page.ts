/**
 * The docs page. Its URLs are relative, so that it works behind a proxy that adds a path.
 *
 * @param folder the folder of its files, relative to the URL of the page
 */
export function docsPage(folder: './docs/' | './'): string {
  const root = folder === './' ? '../' : './';
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Emporium API</title>
    <link rel="icon" type="image/svg+xml" href="${folder}emporium.svg" />
    <link rel="stylesheet" href="${folder}swagger-ui.css" />
    <link rel="stylesheet" href="${folder}docs.css" />
    <script defer src="${folder}swagger-ui-bundle.js"></script>
    <script type="module" src="${folder}docs.js"></script>
  </head>
  <body>
    <header class="page-header">
      <div class="page-width">
        <h1 class="brand"><img src="${folder}emporium.svg" alt="" width="32" height="32" />Emporium</h1>
        <nav aria-label="Other pages">
          <a href="${root}admin/">Admin panel</a>
          <a href="${root}openapi.json">openapi.json</a>
          <a href="${root}openapi.yaml">openapi.yaml</a>
        </nav>
      </div>
    </header>
    <section class="login page-width" aria-labelledby="login-title">
      <h2 id="login-title">Your login</h2>
      <form id="login-form" method="post" novalidate hidden>
        <label>E-mail <input name="email" type="email" autocomplete="username" /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" /></label>
        <div class="buttons">
          <button type="submit" value="login">Log in</button>
          <button type="submit" value="register" class="secondary">Create an account</button>
        </div>
      </form>
      <div id="logged-in" hidden>
        <p>Logged in as <strong id="user"></strong>. The requests below are sent with your token.</p>
        <button type="button" id="log-out" class="secondary">Log out</button>
      </div>
      <p id="login-message" role="status"></p>
      <noscript>This page needs JavaScript. The document itself does not: see openapi.json.</noscript>
    </section>
    <main id="swagger-ui"><p class="page-width">Loading the document …</p></main>
  </body>
</html>
`;
}
