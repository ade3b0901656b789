import path from 'node:path';

/** The folder of the repository, relative to the compiled file. */
export const ROOT = path.join(__dirname, '..', '..', '..');
