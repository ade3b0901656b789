import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writePrivateFile } from './private-file';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'emporium-file-'));
  file = path.join(folder, 'secret');
});
afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (name: string) => (await stat(name)).mode & 0o777;

describe('writePrivateFile', () => {
  it('makes a file that only its owner can read', async () => {
    await writePrivateFile(file, 'hush');
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['hush', 0o600]);
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it('takes neither the mode of what was there nor where it led', async () => {
    const open = path.join(folder, 'open');
    await writeFile(open, 'old', { mode: 0o644 });
    await symlink(open, file);
    await writePrivateFile(file, 'hush');
    expect((await lstat(file)).isFile()).toBe(true);
    expect([await modeOf(file), await readFile(open, 'utf8')]).toEqual([0o600, 'old']);
    await writePrivateFile(open, 'hush');
    expect([await readFile(open, 'utf8'), await modeOf(open)]).toEqual(['hush', 0o600]);
  });

  it('leaves nothing where it fails', async () => {
    await mkdir(file);
    await expect(writePrivateFile(file, 'hush')).rejects.toThrow('EISDIR');
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it('keeps the mode of the file that it replaces, if asked to', async () => {
    await writeFile(file, 'old', { mode: 0o600 });
    await chmod(file, 0o640);
    await writePrivateFile(file, 'hush', await stat(file));
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['hush', 0o640]);
  });

  (process.getuid?.() === 0 ? it : it.skip)('gives it to another owner', async () => {
    await writePrivateFile(file, 'hush', { uid: 12345, gid: 23456, mode: 0o100640 });
    expect(await stat(file)).toMatchObject({ uid: 12345, gid: 23456 });
    expect(await modeOf(file)).toBe(0o640);
  });
});
