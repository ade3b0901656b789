import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { SETTINGS } from '../src/config/settings';

const ROOT = path.join(__dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

interface Service {
  image?: string;
  profiles?: string[];
  user?: string;
  read_only?: boolean;
  environment?: Record<string, string>;
  command?: string[];
  depends_on?: Record<string, unknown>;
  volumes?: string[];
}
interface Manifest {
  kind: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  spec?: { template?: { spec: PodSpec } };
}
interface PodSpec {
  securityContext: object;
  automountServiceAccountToken: boolean;
  containers: { command?: string[]; securityContext: object; envFrom: object[] }[];
}

// Merging with `<<` is not part of YAML 1.2, but of Compose.
const { services, volumes } = load(read('docker-compose.yml'), { schema: YAML11_SCHEMA }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const manifests = loadAll(read('deploy/kubernetes/emporium.yaml')) as Manifest[];
const isApi = ([name]: [string, Service]) => /^api(-\d)?$/.test(name);
const isSetting = (name: string) => name in SETTINGS;

describe('docker-compose.yml', () => {
  const instances = Object.entries(services).filter(isApi);

  it('runs one instance, and two with the profile scale', () => {
    const inProfile = (profile?: string) =>
      instances.filter(([, { profiles = [] }]) => profiles[0] === profile).map(([name]) => name);
    expect(inProfile()).toEqual(['api']);
    expect(inProfile('scale')).toEqual(['api-1', 'api-2']);
    const scaled = Object.entries(services).filter(([, { profiles }]) => profiles?.[0] === 'scale');
    expect(scaled.map(([name]) => name)).toEqual(['api-1', 'api-2', 'replica', 'certificate', 'gateway']);
  });

  it('gives the API only settings that it knows', () => {
    const exported = ({ command = [] }: Service) =>
      [...(command.at(-1) ?? '').matchAll(/^export (.*)$/gm)].flatMap(([, names = '']) => names.split(' '));
    const given = instances.flatMap(([, service]) => [
      ...Object.keys(service.environment ?? {}),
      ...exported(service),
    ]);
    expect(given).toEqual(expect.arrayContaining(['DATABASE_URL', 'DATABASE_REPLICA_URLS', 'TRUST_PROXY']));
    expect(given.filter((name) => !isSetting(name))).toEqual([]);
  });

  it('runs the API without rights, on a read-only root', () => {
    for (const [, service] of instances) {
      expect(service).toMatchObject({
        read_only: true,
        tmpfs: ['/tmp'],
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      // The image has a user of its own.
      expect(service.user).toBeUndefined();
    }
  });

  it('refers only to services and volumes that it has', () => {
    for (const { depends_on: others = {}, volumes: used = [] } of Object.values(services)) {
      for (const name of Object.keys(others)) expect(Object.keys(services)).toContain(name);
      for (const volume of used.filter((each) => !each.startsWith('.')))
        expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
      for (const folder of used.filter((each) => each.startsWith('.')))
        expect(() =>
          read(`${folder.split(':')[0] ?? ''}${folder.includes('.sh') ? '' : '/nginx.conf'}`),
        ).not.toThrow();
    }
  });

  it.each(Object.entries(services).filter(([, { command = [] }]) => command.includes('-euc')))(
    'has a script for %s that a shell can read',
    (_name, { command = [] }) => {
      const [shell = 'sh', , script = ''] = command;
      const { status, stderr } = spawnSync(shell, ['-n', '-c', script.replaceAll('$$', '$')], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );

  it('puts the names of its instances into the site of deploy/gateway', () => {
    const script = (services.gateway?.command?.at(-1) ?? '').replaceAll('$$', '$');
    const [, edits = ''] = /sed ([\s\S]*?)\/gateway\/nginx\.conf/.exec(script) ?? [];
    const { stdout } = spawnSync('sh', ['-c', `sed ${edits} deploy/gateway/nginx.conf`], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([...stdout.matchAll(/^ {4}server (\S+)/gm)].map(([, name]) => name)).toEqual([
      'api-1:3000',
      'api-2:3000',
    ]);
    expect(stdout).toContain('server_name localhost;');
    expect(stdout).not.toMatch(/127\.0\.0\.1:300|shop\.example;/);
  });
});

describe('the manifests for Kubernetes', () => {
  it('give the API only settings that it knows, and those that it needs', () => {
    const given = manifests.flatMap(({ data, stringData }) => Object.keys({ ...data, ...stringData }));
    expect(given).toEqual(expect.arrayContaining(['DATABASE_URL', 'JWT_PRIVATE_KEY']));
    expect(given.filter((name) => !isSetting(name))).toEqual([]);
  });

  it('run every container without rights, on a read-only root', () => {
    const pods = manifests.flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { securityContext } of pod.containers)
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it('have a job that migrates, and what keeps instances available', () => {
    const kinds = manifests.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['Deployment', 'Service', 'PodDisruptionBudget', 'Job']));
    const job = manifests.find(({ kind }) => kind === 'Job');
    expect(job?.spec?.template?.spec.containers[0]?.command).toEqual(['node', 'dist/cli.js', 'migrate']);
  });
});

it('the Dockerfile sets only settings that the API knows', () => {
  const [, variables = ''] = /^ENV ((?:.*\\\n)*.*)$/m.exec(read('Dockerfile')) ?? [];
  const names = [...variables.matchAll(/(\w+)=/g)].map(([, name = '']) => name);
  expect(names).toContain('NODE_ENV');
  expect(names.filter((name) => !isSetting(name))).toEqual([]);
});
