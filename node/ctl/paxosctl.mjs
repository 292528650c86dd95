#!/usr/bin/env node
/**
 * Starts paxosctl with a Node.js that runs TypeScript: this one, if it is new enough, else the one that the repository
 * pins. Plain JavaScript without dependencies, for whatever Node.js the machine has.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** As `engines` in package.json says. */
const [MAJOR, MINOR] = [24, 12];

const here = path.dirname(realpathSync(fileURLToPath(import.meta.url)));
const program = path.join(here, 'main.ts');
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > MAJOR || (major === MAJOR && minor >= MINOR)) {
  await import(pathToFileURL(program).href);
} else {
  const pinned = path.join(here, '../../node_modules/.bin/node');
  if (existsSync(pinned)) run(pinned);
  else {
    console.error(
      `paxosctl: Node.js ${MAJOR}.${MINOR} or newer is needed, this is ${process.versions.node}\n` +
        '  try: run "npm ci" in the repository, which brings one along',
    );
    process.exitCode = 2;
  }
}

/** @param {string} node */
function run(node) {
  const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; who sends a signal to this process means the other one.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`paxosctl: ${node} can't be started: ${error.message}`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
