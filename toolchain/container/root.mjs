// Runs commands in a folder that is the root of their file system.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where the root has the packages that npm has downloaded before, and the certificates of this machine. */
const CACHE = '/mnt';

/** So that npm finds its registry in the root as it does outside. They are not part of the image. */
function npmSettings() {
  const registry = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim();
  return {
    npm_config_registry: registry,
    npm_config_cache: `${CACHE}/npm`,
    npm_config_update_notifier: 'false',
    ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: `${CACHE}/certificates.pem` }),
  };
}

/** Runs a RUN instruction, as root. */
export function runStep(root, { command, directory, variables, cache }) {
  mkdirSync(cache, { recursive: true });
  if (process.env.NODE_EXTRA_CA_CERTS)
    cpSync(process.env.NODE_EXTRA_CA_CERTS, path.join(cache, 'certificates.pem'));
  const mounts =
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0/mnt" && ' +
    'mount --bind /etc/resolv.conf "$0/etc/resolv.conf" && mount --bind /etc/hosts "$0/etc/hosts"';
  const { status } = spawnSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc'],
      `${mounts} && exec chroot "$0" /bin/sh -c 'cd "$1" && exec /bin/sh -c "$2"' sh "$2" "$3"`,
      ...[root, cache, directory, command],
    ],
    { stdio: 'inherit', env: { PATH, HOME: '/root', ...npmSettings(), ...variables } },
  );
  if (status !== 0) throw new Error(`RUN ended with status ${status}: ${command}`);
}

const asUser = (uid) =>
  `setpriv --reuid=${uid} --regid=${uid} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all`;

/** Starts the command of an image: without any right, and with a root that is read-only except for /tmp. */
export function startReadOnly(root, { command, directory, variables, uid }) {
  const mounts =
    'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && ' +
    'mount -t tmpfs tmpfs "$0/tmp" && mount -o remount,bind,ro "$0"';
  return spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc'],
      `${mounts} && cd "$0" && exec chroot "$0" ${asUser(uid)} sh -c 'cd "$0" && exec "$@"' "$@"`,
      ...[root, directory, ...command],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH, ...variables } },
  );
}

/** Runs another command in the container of this process. */
export function runBeside(pid, { command, variables, uid }) {
  return spawnSync(
    'nsenter',
    [...[`--target=${pid}`, '--mount', '--pid', '--root'], ...asUser(uid).split(' '), ...command],
    { cwd: '/', encoding: 'utf8', env: { PATH, ...variables } },
  );
}
