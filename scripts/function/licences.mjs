// The licences of what the function is made of: most of them ask for their text to be passed on.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TEXTS = /^(licen[cs]e|copying|notice|.*\.licen[cs]e)(\.(md|txt))?$/i;

/** @param {string[]} folders the folders of packages */
export function licencesOf(folders) {
  return [...new Set(folders)].sort().map(licenceOf).join('\n');
}

function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && TEXTS.test(entry.name),
  );
  const texts = files.map((entry) => readFileSync(path.join(folder, entry.name), 'utf8').trim());
  if (texts.length === 0) texts.push(`This package has no text of its licence. It is by ${nameOf(author)}.`);
  return ['='.repeat(80), `${name} ${version} (${license ?? 'no licence is named'})`, '', ...texts, ''].join(
    '\n',
  );
}

function nameOf(author) {
  return typeof author === 'string' ? author : (author?.name ?? 'its contributors');
}
