'use strict';

// This file runs before anything else, under an old Node too. So it is written in old syntax, and requires nothing.
// The versions are the first of their lines that load ES modules through require(), which NestJS 12 needs.
var version = process.versions.node.split('.').map(Number);
var major = version[0] || 0;
var minor = version[1] || 0;
var isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (!isSupported) {
  process.stderr.write(
    'emporium: Node 20.19 or later is needed (of Node 22, 22.12 or later); this is Node ' +
      process.versions.node +
      '.\n',
  );
  process.exit(1);
}
