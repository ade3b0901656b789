// The files that a build may copy, by the rules of .dockerignore that ours uses.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** @returns the paths of the files, relative to the folder */
export function contextOf(folder) {
  const rules = readFileSync(path.join(folder, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ isKept: line.startsWith('!'), pattern: toPattern(line.replace('!', '')) }));
  const isKept = (file) => rules.reduce((kept, rule) => (rule.pattern.test(file) ? rule.isKept : kept), true);
  // Only what a rule for the highest level keeps is looked into.
  return readdirSync(folder)
    .filter(isKept)
    .flatMap((top) => filesIn(folder, top))
    .filter(isKept);
}

function filesIn(folder, name) {
  try {
    return readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [name];
    throw error;
  }
}

/** A pattern is for a file, or a folder with all that is in it. */
function toPattern(text) {
  const source = text
    .replace(/\/$/, '')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\//g, '\0')
    .replace(/\*/g, '[^/]*')
    .replace(/\0/g, '(.*/)?');
  return new RegExp(`^${source}(/.*)?$`);
}
