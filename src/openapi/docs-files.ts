/**
 * The files of Swagger UI's package that the docs page loads. The package has many more (its own package.json, source
 * maps, other builds), which are nobody's business.
 */
export const DOCS_FILES = [
  'favicon-16x16.png',
  'favicon-32x32.png',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'swagger-ui.css',
] as const;
