// Builds if that is needed, and serves in the same process, because a second process would make every start slower.
import { buildIfNeeded } from './builder.mjs';

buildIfNeeded();
await import('../dist/main.js');
