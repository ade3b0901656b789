import { ApiError } from './api';
import { loadCatalogue } from './load-catalogue';
import { readOptions, USAGE, UsageError } from './options';
import { showProgress } from './progress';
import { describeAccount, suggestCommands } from './suggestions';
import { formatResult } from './table';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  process.stdout.write(`${describeAccount(options)}\n`);
  const progress = showProgress(process.stderr);
  const { url, email, password } = options;
  const load = loadCatalogue({ url, email, password, onProgress: progress.update });
  const result = await load.finally(progress.stop);
  process.stdout.write(`${formatResult(result)}\n${suggestCommands(options, result.stores[0]?.id ?? 1)}`);
}

main().catch((error: unknown) => {
  // An expected error is one line. Any other error is a defect of this program, and is shown with its stack.
  const isExpected = error instanceof ApiError || error instanceof UsageError;
  process.stderr.write(`${isExpected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = 1;
});
