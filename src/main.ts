import './check-node.cjs';
import { Command } from 'commander';
import { version } from './version';

// The server is loaded when it starts, so that --help does not wait for a database driver.
void new Command('node dist/main.js')
  .description(
    'Start the Emporium server. It takes no arguments: its settings come from the environment or .env.',
  )
  .version(version())
  .addHelpText('after', '\nThe settings are listed in README.md. For commands run: node dist/cli.js --help')
  .showHelpAfterError()
  .action(async () => {
    await (await import('./server/serve.js')).serve();
  })
  .parseAsync();
