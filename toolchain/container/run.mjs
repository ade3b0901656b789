// Runs the built image as a container engine does that gives it no rights and a read-only root.
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runBeside, startReadOnly } from './root.mjs';

/** Starts the image, and looks at the container from inside. */
export async function checkRun({ root, directory, variables, user, notes }, databaseUrl) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const line = readFileSync(path.join(root, 'etc', 'passwd'), 'utf8').match(
    new RegExp(`^${user}:x:(\\d+):`, 'm'),
  );
  const settings = {
    ...variables,
    PORT: '39217',
    DATABASE_URL: databaseUrl,
    JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  const options = { directory, variables: settings, uid: line[1] };
  const container = startReadOnly(root, { ...options, command: notes.CMD });
  const ended = once(container, 'exit');
  let pid;
  try {
    await listening(container.stdout);
    pid = Number(readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8'));
    expectStatus('the health check', runBeside(pid, { ...options, command: notes.HEALTHCHECK }), 0);
    const write = { ...options, command: ['sh', '-c', 'touch /app/x'] };
    expectStatus('a write below the root', runBeside(pid, write), 1, /Read-only file system/);
    const identity = runBeside(pid, {
      ...options,
      command: ['grep', '-E', '^(Uid|CapEff):', '/proc/self/status'],
    });
    expectStatus('the user', identity, 0, new RegExp(`^Uid:\\s${line[1]}\\s.*\nCapEff:\\s0+\n$`));
    for (const page of ['docs', 'admin/']) {
      const { ok } = await globalThis.fetch(`http://127.0.0.1:39217/${page}`);
      if (!ok) throw new Error(`The page /${page} is missing.`);
    }
    process.kill(pid, notes.STOPSIGNAL);
    const [status] = await ended;
    pid = undefined;
    if (status !== 0) throw new Error(`It stopped with status ${status}.`);
  } finally {
    // A process that has changed its user does not end with its parent.
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    container.kill('SIGKILL');
  }
  process.stdout.write('It runs as a user without rights on a read-only root, is healthy, and stops.\n');
}

async function listening(output) {
  let log = '';
  for await (const chunk of output.iterator({ destroyOnReturn: false })) {
    log += chunk;
    if (log.includes('"msg":"listening"')) {
      output.resume();
      return;
    }
  }
  throw new Error(`It did not start:\n${log}`);
}

function expectStatus(what, { status, stdout, stderr }, wanted, text = /(?:)/) {
  if (status === wanted && text.test(`${stdout}${stderr}`)) return;
  throw new Error(`${what}: status ${status}\n${stdout}${stderr}`);
}
