/** `npm run verify`: every static check of the project, one line each. CI runs exactly this. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { projectFiles, projectRoot, readText } from './source-tree.ts';
import { verifyDocs } from './verify-docs.ts';
import { verifyErrors } from './verify-errors.ts';
import { verifyFeatures } from './verify-features.ts';
import { verifyLayers } from './verify-layers.ts';
import { verifyPortable } from './verify-portable.ts';

interface Check {
  readonly name: string;
  /** Empty means passed. */
  readonly run: (sources: ReadonlyMap<string, string>) => string[] | Promise<string[]>;
}

/** Runs an installed tool; its output is the finding if it fails. */
function tool(command: string, ...args: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    const child = spawn(path.join(projectRoot, 'node_modules', '.bin', command), args, { cwd: projectRoot });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => resolve([`${command} could not be started: ${error.message}`]));
    child.once('close', (code) => resolve(code === 0 ? [] : [output.trim()]));
  });
}

const checks: readonly Check[] = [
  { name: 'types', run: () => tool('tsc', '--noEmit', '--project', '.') },
  { name: 'lint and format', run: () => tool('biome', 'ci', '--colors=off', '--error-on-warnings', '.') },
  { name: 'layers', run: verifyLayers },
  { name: 'errors', run: verifyErrors },
  { name: 'docs', run: verifyDocs },
  { name: 'features', run: verifyFeatures },
  { name: 'portable', run: verifyPortable },
];

function readSources(): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const file of projectFiles()) {
    const text = readText(file);
    if (text !== undefined) sources.set(file, text);
  }
  return sources;
}

const sources = readSources();
let failed = 0;
for (const { name, run } of checks) {
  const started = Date.now();
  const findings = await run(sources);
  const took = `${((Date.now() - started) / 1_000).toFixed(1)} s`;
  if (findings.length === 0) {
    console.log(`ok      ${name} (${took})`);
    continue;
  }
  failed++;
  console.log(`FAILED  ${name} (${took})\n${findings.join('\n').replace(/^/gm, '        ')}`);
}
if (failed > 0) {
  console.log(
    `${failed} of ${checks.length} checks failed; \`npm run format\` repairs lint and format where it can`,
  );
  process.exitCode = 1;
}
