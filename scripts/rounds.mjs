// Runs jest with a configuration: node scripts/rounds.mjs CONFIG [--rounds N] [--seed N] [--requests N] [arguments of jest]
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const [config, ...args] = process.argv.slice(2);

/** Takes `--name value` or `--name=value` out of the arguments. */
function take(name) {
  const index = args.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  if (index === -1) return undefined;
  const [arg] = args.splice(index, 1);
  const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args.splice(index, 1)[0];
  if (!/^[1-9]\d{0,8}$/.test(value ?? '')) {
    process.stderr.write(`--${name} must be a whole number from 1 on\n`);
    process.exit(2);
  }
  return value;
}

const [rounds, seed, requests] = [take('rounds'), take('seed'), take('requests')];
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { status } = spawnSync(process.execPath, [jest, '--config', config, ...args], {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(rounds && { ROUNDS: rounds }),
    ...(seed && { SEED: seed }),
    ...(requests && { REQUESTS: requests }),
  },
});
process.exit(status ?? 1);
