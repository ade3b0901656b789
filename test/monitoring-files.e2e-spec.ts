import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startApp, type TestApp } from './support/app';
import { createStore, createUser, unique } from './support/factories';

const ROOT = path.join(__dirname, '..');
const read = (file: string) => readFile(path.join(ROOT, file), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[];
}

interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: { name: string; type: string }[] };
  panels: Panel[];
}

let app: TestApp;
let text: string;
/** The names in a scrape after some requests. */
let served: Set<string>;

beforeAll(async () => {
  app = await startApp({ METRICS_PORT: '0' });
  const owner = await createUser(app);
  const headers = { 'idempotency-key': unique('key') };
  const body = { name: unique('store') };
  for (let round = 0; round < 2; round++) await owner.api.post('/stores', body, { headers });
  await createStore(owner);
  // Some metrics of garbage collection exist after the first one.
  (globalThis as { gc?: () => void }).gc?.();
  text = (await app.metrics?.text()) ?? '';
  served = new Set([...text.matchAll(/^([a-z0-9_]+)(?:\{| )/gm)].map(([, name = '']) => name));
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)/gm)) {
    if (type === 'histogram') for (const end of ['bucket', 'sum', 'count']) served.add(`${name}_${end}`);
  }
});
afterAll(() => app.close());

/** The metrics in an expression of PromQL. */
function namesIn(expression: string): string[] {
  return expression.match(/\b(?:emporium|nodejs|process)_[a-z0-9_]+/g) ?? [];
}

describe('the dashboard', () => {
  let dashboard: Dashboard;
  beforeAll(async () => {
    dashboard = JSON.parse(await read('deploy/grafana-dashboard.json')) as Dashboard;
  });
  const expressions = () => dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('is one that Grafana imports', () => {
    expect(dashboard).toMatchObject({
      uid: 'emporium',
      title: 'Emporium',
      schemaVersion: expect.any(Number),
    });
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { type, title, gridPos, targets = [] } of dashboard.panels) {
      expect(['row', 'stat', 'timeseries']).toContain(type);
      expect(title).not.toBe('');
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      if (type !== 'row') expect(targets.length).toBeGreaterThan(0);
      for (const { datasource } of targets)
        expect(datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
    }
  });

  it('has no two panels in one place', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('declares the variables that it uses', () => {
    const declared = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = new Set(expressions().flatMap((expr) => expr.match(/\$\w+/g) ?? []));
    used.delete('$__rate_interval');
    for (const name of used) expect(declared).toContain(name.slice(1));
  });

  it('shows only metrics that there are', () => {
    const names = new Set(expressions().flatMap(namesIn));
    expect(names.size).toBeGreaterThan(15);
    for (const name of names) expect(served).toContain(name);
  });

  it('shows every metric of ours', () => {
    const names = expressions().flatMap(namesIn).join(' ');
    const ours = [...text.matchAll(/^# TYPE (emporium_\S+)/gm)].map(([, name = '']) => name);
    expect(ours.length).toBeGreaterThan(10);
    for (const name of ours) expect(names).toContain(name);
  });
});

describe('the alert rules', () => {
  it('watch only metrics that there are', async () => {
    const names = new Set(namesIn(await read('deploy/alerts.yml')));
    expect(names.size).toBeGreaterThan(8);
    for (const name of names) expect(served).toContain(name);
  });
});

describe('docs/operations.md', () => {
  it('explains every metric of ours', async () => {
    const docs = await read('docs/operations.md');
    const ours = [...text.matchAll(/^# TYPE (emporium_\S+)/gm)].map(([, name = '']) => name);
    expect(ours.length).toBeGreaterThan(10);
    for (const name of ours) expect(docs).toContain(`\`${name}\``);
  });

  it('has a row for every alarm, with its meaning and what to do, and for no other', async () => {
    const alarms = [...(await read('deploy/alerts.yml')).matchAll(/alert: (\w+)/g)].map(
      ([, name = '']) => name,
    );
    const row = /^\| `(Emporium\w+)` +\| (\S.{10,}?) +\| (\S.{20,}?) +\|$/gm;
    const rows = [...(await read('docs/operations.md')).matchAll(row)].map(([, name = '']) => name);
    expect(alarms.length).toBeGreaterThan(8);
    expect(rows.toSorted()).toEqual(alarms.toSorted());
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
// The gate installs it.
const mayLackPromtool = process.env.CI !== 'true';

(hasPromtool || !mayLackPromtool ? describe : describe.skip)(
  "promtool (skipped where it is not installed; it is in Debian's package prometheus)",
  () => {
    const promtool = (folder: string, args: string[], input = '') => {
      const { status, stdout, stderr, error } = spawnSync('promtool', args, {
        cwd: path.join(ROOT, folder),
        input,
        encoding: 'utf8',
      });
      return { status, output: error?.message ?? stdout + stderr };
    };

    it.each([
      ['deploy', ['check', 'rules', 'alerts.yml']],
      ['deploy', ['check', 'config', 'prometheus.yml']],
      ['test/support', ['test', 'rules', 'alerts.test.yml']],
    ])('accepts, in %s: %j', (folder, args) => {
      expect(promtool(folder, args)).toMatchObject({ status: 0 });
    });

    it('reads a scrape, and has nothing against the names of our metrics', () => {
      const { status, output } = promtool('.', ['check', 'metrics'], text);
      // 3 means that it has something against a name; some of prom-client's own names are not as it likes them.
      expect({ status: [0, 3].includes(status ?? -1), output }).toMatchObject({ status: true });
      expect(output).not.toContain('emporium_');
    });

    it('refuses what is no scrape', () => {
      expect(promtool('.', ['check', 'metrics'], 'no scrape {').status).toBe(1);
    });
  },
);
