/** The project's files as the checks see them: tracked ones and new ones, not what .gitignore names. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export const projectRoot = path.dirname(import.meta.dirname);

/** Larger files are data, not something people wrote. */
const MAXIMUM_TEXT_BYTES = 2_000_000;

/** Paths relative to the project, with `/`. */
export function projectFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const result = spawnSync('git', args, { cwd: projectRoot, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0) throw new Error(`git ls-files: ${result.error?.message ?? result.stderr.trim()}`);
  // A deleted file that is not yet committed is still listed.
  const isThere = (file: string): boolean =>
    statSync(path.join(projectRoot, file), { throwIfNoEntry: false })?.isFile() === true;
  return [...new Set(result.stdout.split('\0'))].filter((file) => file !== '' && isThere(file)).toSorted();
}

/** Undefined for binary and for very large files. */
export function readText(file: string): string | undefined {
  const full = path.join(projectRoot, file);
  if (statSync(full).size > MAXIMUM_TEXT_BYTES) return undefined;
  const text = readFileSync(full, 'utf8');
  return text.includes('\0') ? undefined : text;
}

export interface Import {
  /** Project-relative path of the imported file. */
  readonly target: string;
  readonly line: number;
}

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+)'/g;

/** Imports of files of the project; packages and `node:` are not among them. */
export function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(importPattern)].map((match) => ({
    target: path.posix.join(path.posix.dirname(file), match[1] ?? ''),
    line: text.slice(0, match.index).split('\n').length,
  }));
}
