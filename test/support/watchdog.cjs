'use strict';

// Cleans up after a test run, however the runner ends: `node watchdog.cjs FOLDER …`, with a pipe from the runner as stdin.
// The system closes that pipe even when the runner is killed with SIGKILL. Then every process that belongs to a FOLDER is
// stopped (jest's workers, servers under test, PostgreSQL), and each FOLDER is removed.
const { readdirSync, readFileSync, readlinkSync } = require('node:fs');
const { rm } = require('node:fs/promises');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const PATIENCE_MS = 30_000;
/** PostgreSQL needs a moment to take its shared memory with it. */
const POSTGRES_STOPS_WITHIN_MS = 5000;

async function cleanUp(folder) {
  const start = Date.now();
  // A process may just have started another one when it was killed, so a second look has to find nothing as well.
  for (let clean = 0; clean < 2 && Date.now() - start < PATIENCE_MS;) {
    const processes = processesOf(folder);
    clean = processes.length === 0 ? clean + 1 : 0;
    const isLate = Date.now() - start > POSTGRES_STOPS_WITHIN_MS;
    for (const { pid, isPostgres } of processes) stop(pid, isPostgres && !isLate ? 'SIGQUIT' : 'SIGKILL');
    await sleep(50);
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** The processes that have the folder in their environment or in their arguments, or that work in it. */
function processesOf(folder) {
  if (process.platform !== 'linux') return postmasterOf(folder);
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && belongsTo(pid, folder))
    .map((pid) => ({ pid, isPostgres: path.basename(link(`/proc/${pid}/exe`)).startsWith('postgres') }));
}

function belongsTo(pid, folder) {
  return (
    text(`/proc/${pid}/environ`).includes(folder) ||
    text(`/proc/${pid}/cmdline`).includes(folder) ||
    link(`/proc/${pid}/cwd`).startsWith(folder)
  );
}

/** Where there is no /proc, only the server that all tests share is known. */
function postmasterOf(folder) {
  const pid = Number.parseInt(text(path.join(folder, 'postgres', 'postmaster.pid')), 10);
  return pid > 0 ? [{ pid, isPostgres: true }] : [];
}

// Processes end while they are looked at, and those of other users are closed to us.
function text(file) {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function link(file) {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function stop(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

const folders = process.argv.slice(2);
process.stdin.resume();
process.stdin.once('close', () => void Promise.all(folders.map(cleanUp)));
