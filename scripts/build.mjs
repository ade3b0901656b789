// Builds. With --if-needed it builds only if the sources have changed since the last build.
import { build, buildIfNeeded } from './builder.mjs';

if (process.argv.includes('--if-needed')) buildIfNeeded();
else build();
