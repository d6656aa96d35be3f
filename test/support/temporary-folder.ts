/** Fresh folders for servers' data and logs. All are removed when the process ends, however it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTeardown } from './teardown.ts';

/** SERVICES_V3_KEEP_TEMP=1 keeps them, with the servers' logs, for looking at a failure. */
const keep = process.env.SERVICES_V3_KEEP_TEMP === '1';

const folders = new Set<string>();

export interface TemporaryFolder {
  readonly path: string;
  /** Path of a file or folder inside it. */
  join(...parts: string[]): string;
  remove(): void;
}

/** @param purpose shows in the folder's name, for people who look at a machine's temp folder */
export function temporaryFolder(purpose: string): TemporaryFolder {
  const folder = mkdtempSync(path.join(os.tmpdir(), `services-v3-${purpose}-`));
  folders.add(folder);
  return {
    path: folder,
    join: (...parts) => path.join(folder, ...parts),
    remove: () => remove(folder),
  };
}

function remove(folder: string): void {
  if (!folders.delete(folder)) return;
  if (keep) console.error(`kept ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

onTeardown('folders', () => {
  for (const folder of folders) remove(folder);
});
