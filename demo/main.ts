import path from 'node:path';
import { ApiError } from './api';
import { loadCatalogue } from './load-catalogue';
import { readOptions, USAGE, UsageError } from './options';
import { describeAccount, suggestCommands } from './suggestions';
import { formatStores } from './table';

/** Relative to the compiled file. */
const CLI = path.join(__dirname, '..', '..', '..', 'dist', 'cli.js');

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  process.stdout.write(`${describeAccount(options)}\n`);
  const { url, email, password } = options;
  const onStore = (name: string, result: string) => process.stdout.write(`${name}: ${result}\n`);
  const stores = await loadCatalogue({ url, email, password, cli: CLI, onStore });
  process.stdout.write(`\n${formatStores(stores)}\n${suggestCommands(options, stores[0]?.id ?? 1)}`);
}

main().catch((error: unknown) => {
  // An expected error is one line. Any other error is a defect of this program, and is shown with its stack.
  const isExpected = error instanceof ApiError || error instanceof UsageError;
  process.stderr.write(`${isExpected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
