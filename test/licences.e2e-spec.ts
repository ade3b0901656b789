import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

interface Component {
  name: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
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
]);

/** Packages whose manifest has no licence, with the one that another of their files names. */
const ELSEWHERE: Readonly<Record<string, string>> = { pause: 'MIT' };

it('all that ships has a licence that lets everybody use it', async () => {
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--omit=dev', '--sbom-format', 'cyclonedx'], {
    cwd: path.join(__dirname, '..'),
    maxBuffer: 2 ** 26,
  });
  const { components } = JSON.parse(stdout) as { components: Component[] };
  expect(components.length).toBeGreaterThan(100);
  const others = components
    .map(({ name, licenses: [first] = [] }) => [
      name,
      first?.license?.id ?? first?.expression ?? ELSEWHERE[name] ?? 'none',
    ])
    .filter(([, licence = '']) => !ALLOWED.has(licence));
  expect(others).toEqual([]);
});
