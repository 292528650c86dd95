/**
 * Makes sure that `node_modules` is what `package-lock.json` says, so that `npm start` and `npm test`
 * work in a fresh checkout. Plain JavaScript without dependencies: it runs before anything is
 * installed, on whatever Node.js the machine has.
 *
 * npm writes the tree that it has installed to `node_modules/.package-lock.json`, last of all. That
 * file is the stamp: comparing it with the lockfile takes a few milliseconds and also sees what a
 * developer's own `npm install` did.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const pinnedNode = path.join(root, 'node_modules/.bin/node');

if (!isInstalled()) {
  console.error('Installing dependencies (npm ci), once ...');
  const npm = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) fail(`${npm.stdout ?? ''}${npm.stderr ?? ''}${npm.error ?? ''}`);
  if (!existsSync(pinnedNode)) {
    fail('npm ci left no node_modules/.bin/node: were install scripts switched off (ignore-scripts)?');
  }
}

linkPrograms('node');

/**
 * `npx paxosctl` must find our own program, never a package of that name from a registry. npm links it, but only when
 * it installs; a checkout that was installed before the program came to be gets the link here.
 * @param {string} workspace
 */
function linkPrograms(workspace) {
  const { name, bin = {} } = readJson(path.join(workspace, 'package.json'));
  for (const [program, file] of Object.entries(bin)) {
    const link = path.join(root, 'node_modules/.bin', program);
    if (lstatSync(link, { throwIfNoEntry: false }) === undefined)
      symlinkSync(path.join('..', name, file), link);
  }
}

function isInstalled() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  const wanted = readJson('package-lock.json')?.packages;
  if (installed === undefined || wanted === undefined || !existsSync(pinnedNode)) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (isWorkspace(place)) return declaresTheSame(readJson(path.join(place, 'package.json')), entry);
    // An optional package is one for another platform, as a rule.
    return entry.optional === true || installed[place]?.version === entry.version;
  });
}

/** The root is '' in a lockfile, a workspace is its folder; everything else is below node_modules. */
function isWorkspace(place) {
  return !place.startsWith('node_modules');
}

/** False when somebody edited a package.json without `npm install`: `npm ci` then explains it. */
function declaresTheSame(manifest, locked) {
  return ['dependencies', 'devDependencies', 'optionalDependencies'].every((group) => {
    const [ours, theirs] = [manifest?.[group] ?? {}, locked[group] ?? {}];
    const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...names].every((name) => ours[name] === theirs[name]);
  });
}

/** Undefined when there is no such file; a half-written one counts as none. */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  } catch {
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
