import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EmporiumProcess, temporaryDirectory } from './process';

const ROOT = path.join(__dirname, '..', '..');

/** A later version of the compiled program: this one with one more migration. */
export class LaterProgram {
  private constructor(private readonly folder: Awaited<ReturnType<typeof temporaryDirectory>>) {}

  /** @param migration its SQL */
  static async create(migration: string): Promise<LaterProgram> {
    const folder = await temporaryDirectory();
    const copied = path.join(folder.path, 'program');
    await mkdir(copied);
    for (const name of ['dist', 'migrations', 'package.json']) {
      await cp(path.join(ROOT, name), path.join(copied, name), { recursive: true });
    }
    await symlink(path.join(ROOT, 'node_modules'), path.join(copied, 'node_modules'));
    await writeFile(path.join(copied, 'migrations', `${LATER.split('-').at(-1) ?? ''}-later.sql`), migration);
    return new LaterProgram(folder);
  }

  run(settings: Record<string, string>, args: string[]): EmporiumProcess {
    return EmporiumProcess.spawn(settings, [
      path.join(this.folder.path, 'program', 'dist', 'cli.js'),
      ...args,
    ]);
  }

  remove(): Promise<void> {
    return rm(this.folder.path, { recursive: true, force: true });
  }
}

/** The name of the migration that a later program has. */
export const LATER = 'later-1999000000000';
