import { readFileSync } from 'node:fs';
import path from 'node:path';
import { builtFunction } from './support/built-function';

interface Locked {
  license?: string;
  dev?: boolean;
}

/** Licences that let anybody use, change and pass on what has them, and ask for no more than a notice. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** Packages whose manifest has no licence, or has it in an old form, with the one that another of their files names. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'passport-strategy': 'MIT', pause: 'MIT' };

/** Packages that have no text of their licence, which is one that their manifest or another of their files names. */
const WITHOUT_TEXT = [
  '@napi-rs/nice-linux-x64-gnu',
  '@node-rs/argon2-linux-x64-gnu',
  'abstract-logging',
  'pause',
  'pg-copy-streams',
  'pg-types',
  'pgpass',
  'typeorm',
];

/** Is part of what it bundles, and no package of the program. */
const BUNDLER = 'rolldown';

let licences: Map<string, string>;

beforeAll(() => {
  // `npm sbom --omit=dev` also leaves out packages that only others list as development packages of theirs.
  const file = readFileSync(path.join(__dirname, '..', 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(file) as { packages: Record<string, Locked> };
  licences = new Map(
    Object.entries(packages)
      .filter(([folder, { dev = false }]) => folder !== '' && !dev)
      .map(([folder, { license }]) => {
        const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
        return [name, license ?? ELSEWHERE[name] ?? 'none'];
      }),
  );
});

it('all that ships has a licence that lets everybody use it', () => {
  expect(licences.size).toBeGreaterThan(100);
  expect([...licences].filter(([, licence]) => !ALLOWED.has(licence))).toEqual([]);
});

it('the function has the texts of the licences of all that is in it', () => {
  const file = readFileSync(path.join(builtFunction(), 'THIRD-PARTY-LICENCES'), 'utf8');
  const sections = file.split(`${'='.repeat(80)}\n`).slice(1);
  const texts = new Map(sections.map((section) => [section.slice(0, section.indexOf(' ')), section]));
  expect([...texts.keys()]).toEqual(expect.arrayContaining(['@nestjs/core', 'fastify', 'piscina', BUNDLER]));
  expect([...texts.keys()].filter((name) => name !== BUNDLER && !licences.has(name))).toEqual([]);
  const without = [...texts].filter(([, text]) => text.includes('This package has no text of its licence.'));
  expect(without.map(([name]) => name)).toEqual(WITHOUT_TEXT);
});

it('the panel has the texts of the licences of all that is in it', () => {
  const file = readFileSync(path.join(__dirname, '..', 'dist', 'admin', 'licences.md'), 'utf8');
  const [, ...sections] = file.split(/^## (?=.+ - .+ \(.+\)$)/m);
  const bundled = sections.map((section) => {
    const [heading = '', ...text] = section.split('\n');
    const [, name = '', licence = ''] = /^(.+) - \S+ \((.+)\)$/.exec(heading) ?? [];
    return { name, licence, text: text.join('\n').trim() };
  });
  const names = bundled.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['@mui/material', 'bowser', 'ra-core', 'react', 'react-dom']));
  const refused = bundled.filter(({ licence }) => !licence.split(' AND ').every((each) => ALLOWED.has(each)));
  expect(refused.map(({ name, licence }) => [name, licence])).toEqual([]);
  expect(bundled.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([]);
});
