/**
 * `npm test`: every test short of Kubernetes, through Node's own runner.
 *
 *     npm test                                     all of them
 *     npm test -- paxos local/options              the files whose path holds one of these
 *     npm test -- paxos --test-name-pattern=quorum an argument with a dash goes to `node --test`
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';

/** Many tests start processes of their own, so more than two files at a time starve each other. */
const CONCURRENCY = 2;
/** A hung test must fail by name rather than hang the machine that runs it. */
const TEST_TIMEOUT_MS = 600_000;

/** `npm run test:crd`, `npm run test:e2e` and, which takes minutes, `npm run test:alerts`. */
const APART = /^test.(?:crd|e2e|alerts)\b/;

const root = path.join(import.meta.dirname, '..');
const given = process.argv.slice(2);
const filters = given.filter((argument) => !argument.startsWith('-'));
const runnerOptions = given.filter((argument) => argument.startsWith('-'));

const files = globSync('{node,operator,test,bench,monitoring}/**/*.test.ts', { cwd: root })
  .filter((file) => !file.includes('node_modules') && !APART.test(file))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .toSorted();

if (files.length === 0) {
  console.error(`No test file's path holds ${filters.map((filter) => `"${filter}"`).join(' or ')}.`);
  process.exit(1);
}

const runner = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    ...runnerOptions,
    ...files,
  ],
  { cwd: root, stdio: 'inherit' },
);
if (runner.error !== undefined) throw runner.error;
process.exitCode = runner.status ?? 1;
