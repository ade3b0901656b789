import { type Command, InvalidArgumentError, Option } from 'commander';
import { heedOutput } from '../interruption';
import type * as Export from './export.action';
import type * as Finished from './finished-import.actions';
import type * as Import from './import.action';

/** `emporium import`, `apply`, `undo` and `export`: items from and to files, by the API of a running server. */
export function addBulkCommands(program: Command): void {
  const add = (name: string) => program.command(name).hook('preAction', heedOutput).addOption(serverOption());

  add('import')
    .description('import items from a CSV or NDJSON file')
    .argument('<file>', 'the file; - for standard input')
    .addOption(emailOption())
    .requiredOption('--store <id>', 'the store', wholeNumber)
    .option('--dry-run', 'write nothing, and show what would be written')
    .addOption(
      new Option(
        '--format <format>',
        'by default by the name of the file, or by how standard input begins',
      ).choices(['csv', 'ndjson']),
    )
    .option(
      '--map <column:name>',
      'a column and its name in the file, such as price:"Variant Price"',
      collect,
    )
    .addOption(new Option('--delimiter <sign>', 'between fields').choices([',', ';', 'tab', '|']))
    .addOption(new Option('--decimal <sign>', 'the decimal sign of prices').choices(['.', ',']))
    .addOption(new Option('--tag-delimiter <sign>', 'between the names of tags').choices(['|', ',', ';']))
    .addOption(
      new Option(
        '--empty-name <act>',
        'with rows without a name: an error, or take it from the row above',
      ).choices(['fail', 'previous']),
    )
    .addOption(new Option('--encoding <name>', 'of the file').choices(['utf-8', 'windows-1252', 'utf-16le']))
    .addOption(
      new Option('--on-error <act>', 'with bad rows: write nothing, or leave them out')
        .choices(['abort', 'skip'])
        .default('abort'),
    )
    .addOption(
      new Option('--on-existing <act>', 'with rows whose SKU is there')
        .choices(['update', 'skip', 'fail'])
        .default('update'),
    )
    .action(async (file: string, options: Import.ImportOptions) => {
      await (await import('./import.action.js')).importFile(file, options);
    });

  add('apply')
    .description('do what a dry run has shown, or nothing if items have changed since')
    .argument('<import>', 'the id of the import', wholeNumber)
    .addOption(emailOption())
    .action(async (id: number, options: Finished.ApplyOptions) => {
      await (await import('./finished-import.actions.js')).apply(id, options);
    });

  add('undo')
    .description('take back what an import has done')
    .argument('<import>', 'the id of the import', wholeNumber)
    .addOption(emailOption())
    .addOption(
      new Option('--on-conflict <act>', 'with items changed since: undo nothing, or leave them alone')
        .choices(['abort', 'skip'])
        .default('abort'),
    )
    .action(async (id: number, options: Finished.UndoOptions) => {
      await (await import('./finished-import.actions.js')).undo(id, options);
    });

  add('export')
    .description('export items to a CSV or NDJSON file')
    .requiredOption('--store <id>', 'the store', wholeNumber)
    .option('-o, --output <file>', 'instead of standard output')
    .addOption(new Option('--format <format>').choices(['csv', 'ndjson']).default('csv'))
    .addOption(
      new Option('--formulas <act>', 'escape: no spreadsheet runs what a field begins with')
        .choices(['keep', 'escape'])
        .default('keep'),
    )
    .option('--q <words>', 'only items with each word in name or SKU')
    .option('--sku <sku>')
    .option('--min-price <price>')
    .option('--max-price <price>')
    .option('--tag <name>', 'only items with the tag; can be repeated', collect)
    .option('--without-tag <name>', 'only items without the tag; can be repeated', collect)
    .addOption(new Option('--tag-match <how>', 'all tags, or at least one').choices(['all', 'any']))
    .action(async (options: Export.ExportOptions) => {
      await (await import('./export.action.js')).exportItems(options);
    });
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** An empty variable counts as none. */
function serverOption(): Option {
  return new Option('--url <url>', 'the server')
    .env('EMPORIUM_URL')
    .default(DEFAULT_URL)
    .argParser((url) => (url === '' ? DEFAULT_URL : url));
}

function emailOption(): Option {
  return new Option(
    '--email <email>',
    'your account; asks for its password, or takes it from EMPORIUM_PASSWORD; not needed with an access token in EMPORIUM_TOKEN',
  ).env('EMPORIUM_EMAIL');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
