import path from 'node:path';

/** The repository, seen from where the compiled file is. */
export const ROOT = path.join(__dirname, '..', '..', '..');
