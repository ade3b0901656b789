import { readdir, readFile } from 'node:fs/promises';

/** Linux reports CPU times to programs in hundredths of a second, whatever the clock rate of the kernel is. */
const TICK_US = 10_000;

export interface ProcessStat {
  pid: number;
  parent: number;
  /** CPU time of the process, and of its ended children that it has waited for */
  cpuUs: number;
}

/** Reads a line of /proc/PID/stat. The name of the program can contain any character, also parentheses and spaces. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: parseInt(text), parent: Number(fields[1]), cpuUs: ticks * TICK_US };
}

/** The process and all its descendants. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const tree = all.filter(({ pid }) => pid === root);
  for (const parent of tree) tree.push(...all.filter((process) => process.parent === parent.pid));
  return tree;
}

/** CPU time of each process and its descendants, in microseconds. */
export async function readCpu<K extends string>(roots: Record<K, number>): Promise<Record<K, number>> {
  const all = await readStats();
  const sums = Object.entries<number>(roots).map(([name, root]) => {
    const tree = treeOf(root, all);
    if (tree.length === 0) throw new Error(`The process ${root} (${name}) is gone.`);
    return [name, tree.reduce((sum, { cpuUs }) => sum + cpuUs, 0)];
  });
  return Object.fromEntries(sums) as Record<K, number>;
}

/** Memory of the process and its descendants, in MiB. */
export async function readMemory(root: number): Promise<number> {
  let kib = 0;
  for (const { pid } of treeOf(root, await readStats())) {
    const status = (await readIfThere(`/proc/${pid}/status`)) ?? '';
    kib += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }
  return kib / 1024;
}

async function readStats(): Promise<ProcessStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readIfThere(`/proc/${pid}/stat`)));
  return texts.filter((text) => text !== undefined).map(parseStat);
}

/** Ignores errors, because processes can end while their directories are read. */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}
