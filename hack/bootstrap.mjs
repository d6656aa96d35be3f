// Installs the dependencies when they are missing or older than package-lock.json, so that `npm start` and
// `npm test` are the only command on a fresh machine. Plain JavaScript: it runs before Node 24 (which comes
// as the npm package `node`) is there, on whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The oldest Node whose npm understands the lock file and runs the install scripts. */
const MINIMUM_NODE_MAJOR = 20;
/** The Node that runs the project: the first one that strips types without a flag and has what client-node needs. */
const RUNTIME_NODE_MAJOR = 24;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const modules = path.join(root, 'node_modules');
const nodeBinary = path.join(modules, '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
const lockFile = path.join(root, 'package-lock.json');
/** npm writes this one last: an install that was interrupted leaves it out or old, and is done again. */
const installedLock = path.join(modules, '.package-lock.json');
/** `npm install <package>` writes the two lock files in either order, moments apart. */
const LOCK_TOLERANCE_MS = 5_000;

function fail(line) {
  console.error(`error: ${line}`);
  process.exit(1);
}

/** Times rather than contents: this runs before every npm script and must cost nothing. */
function isFresh() {
  if (!existsSync(installedLock) || runtimeIsMissing()) return false;
  if (!existsSync(lockFile)) return true;
  return statSync(installedLock).mtimeMs + LOCK_TOLERANCE_MS >= statSync(lockFile).mtimeMs;
}

/** Installed with `--ignore-scripts`, the package `node` leaves a link to nothing. */
function runtimeIsMissing() {
  return !existsSync(nodeBinary);
}

function npm(...args) {
  // npm hands its own path to the scripts it runs; a bare `npm` may be another version, or a .cmd on Windows.
  const own = process.env.npm_execpath;
  const [command, before] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return spawnSync(command, [...before, ...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
  });
}

/** One line out of npm's many: what went wrong and what to do. */
function explain(result) {
  if (result.error) return `npm could not be started (${result.error.message}); install npm 10 or newer`;
  const text = result.stderr ?? '';
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|network/i.test(text)) {
    return 'npm cannot reach the package registry; check the network or `npm config get registry`, then run the command again';
  }
  if (/ENOSPC/.test(text)) return 'the disk is full; free about 600 MB and run the command again';
  if (/EACCES|EPERM/.test(text)) return `npm may not write in ${modules}; check who owns that folder`;
  const first =
    text.split('\n').find((line) => line.trim() !== '' && !line.includes('code E')) ?? 'no output';
  return `npm install failed: ${first.replace(/^npm (error|ERR!) ?/, '').trim()}`;
}

function runtimeVersion() {
  const result = spawnSync(nodeBinary, ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

const major = Number(process.versions.node.split('.')[0]);
if (major < MINIMUM_NODE_MAJOR) {
  fail(
    `Node ${process.versions.node} is too old; install Node ${MINIMUM_NODE_MAJOR} or newer and run the command again`,
  );
}

if (!isFresh()) {
  console.error('installing dependencies (once, about a minute) …');
  const started = Date.now();
  let result = npm('ci');
  // A lock file that does not fit package.json is a slip of the checkout, not a reason to stop somebody's start.
  if (result.status !== 0 && /EUSAGE|in sync|existing package-lock/.test(result.stderr ?? ''))
    result = npm('install');
  if (result.status !== 0) fail(explain(result));
  const version = runtimeVersion();
  if (version === undefined || Number(version.slice(1).split('.')[0]) < RUNTIME_NODE_MAJOR) {
    fail(
      `the npm package "node" did not bring Node ${RUNTIME_NODE_MAJOR} (found ${version ?? 'none'}); ` +
        'allow its install script (`npm config set ignore-scripts false`) and run the command again',
    );
  }
  console.error(`installed in ${Math.round((Date.now() - started) / 1000)} s, running on Node ${version}`);
}
