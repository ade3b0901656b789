/** The files of the Swagger UI package that the docs page loads. Its other files are not served. */
const SWAGGER_UI_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css'] as const;

/** Our own files, in the folder `assets`. */
const OWN_FILES = ['docs.css', 'docs.js', 'emporium.svg', 'login-marks.js', 'session.js'] as const;

/** All files below /docs/. */
export const DOCS_FILES = [...SWAGGER_UI_FILES, ...OWN_FILES] as const;
