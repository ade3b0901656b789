'use strict';

// This file runs first, also on an old Node. So it is written in old syntax, and requires nothing. These are the first
// versions that can load ES modules with require(), which NestJS 12 needs.
var running = process.versions.node;
var version = running.split('.').map(Number);
var major = version[0] || 0;
var minor = version[1] || 0;
var isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;

if (!isSupported) {
  var needed = 'Node 20.19 or later is needed (of Node 22, 22.12 or later)';
  process.stderr.write('emporium: ' + needed + '; this is Node ' + running + '.\n');
  process.exit(1);
}
