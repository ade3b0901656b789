// Writes the files that are generated from the settings: .env.example, and the table in the README.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { format, resolveConfig } from 'prettier';

const { SETTINGS } = createRequire(import.meta.url)('../dist/config/settings.js');
const settings = Object.entries(SETTINGS).map(([name, setting]) => ({
  name,
  fallback: setting.default,
  about: setting.later ? `${setting.about} (no effect yet)` : setting.about,
}));

const example = settings.map(({ name, fallback, about }) => `# ${about}\n#${name}=${fallback ?? ''}\n`);
writeFileSync(
  '.env.example',
  `# Copy this file to .env, and remove the # of each setting that you change. The values here are the defaults.\n\n${example.join('\n')}`,
);

const rows = settings.map(({ name, fallback, about }) => [
  name,
  fallback === undefined ? '' : `\`${fallback}\``,
  about,
]);
const lines = [['Name', 'Default', 'What'], ['---', '---', '---'], ...rows].map(
  (cells) => `| ${cells.join(' | ')} |`,
);
const readme = readFileSync('README.md', 'utf8');
const marks = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
if (!marks.test(readme)) throw new Error('README.md has no place for the settings');
const written = readme.replace(marks, (_all, start, end) => `${start}\n${lines.join('\n')}\n\n${end}`);
writeFileSync(
  'README.md',
  await format(written, { ...(await resolveConfig('README.md')), parser: 'markdown' }),
);
