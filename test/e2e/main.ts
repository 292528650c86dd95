/**
 * `npm run test:e2e`: tells the stories to a real Kubernetes, one after the other.
 *
 *     npm run test:e2e                          all but those that only measure
 *     npm run test:e2e -- --story smoke         those with this label, or the one of this name; may be repeated
 *     npm run test:e2e -- --times 3             all of it three times
 *     npm run test:e2e -- --list                what there is
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { STORIES } from './stories.ts';
import { findTarget, type Target } from './target.ts';

/** Of one file: more than the longest of them takes on a slow machine. */
const STORY_TIMEOUT_MS = 45 * 60_000;
const UNLESS_ASKED_FOR = 'measure';
const EXIT_MISSING = 1;
const EXIT_USAGE = 2;

const { values } = parseArgs({
  options: {
    story: { type: 'string', multiple: true },
    times: { type: 'string', default: '1' },
    list: { type: 'boolean', default: false },
  },
});

if (values.list) {
  for (const { name, labels } of STORIES) console.log(`${name.padEnd(24)}${labels.join(', ')}`);
  process.exit(0);
}

const wanted = values.story;
const told = STORIES.filter(({ name, labels }) =>
  wanted === undefined
    ? !labels.includes(UNLESS_ASKED_FOR)
    : wanted.some((each) => each === name || labels.some((label) => label === each)),
);
const times = Number(values.times);
if (told.length === 0 || !Number.isInteger(times) || times < 1) {
  console.error('--story must be a name or a label (--list shows them), --times a number from 1 on.');
  process.exit(EXIT_USAGE);
}

const target = findTarget();
if ('missing' in target) {
  console.error(target.missing);
  process.exit(EXIT_MISSING);
}
console.log(`In ${target.description}:`);
let results: ReturnType<typeof tell>;
try {
  results = tell(target);
} finally {
  target.remove();
}
console.log();
for (const { name, passed, seconds } of results) {
  console.log(`${passed ? '✔' : '✖'} ${name.padEnd(24)}${seconds.toFixed(0).padStart(5)} s`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

function tell({ kubeconfig }: Target): { name: string; passed: boolean; seconds: number }[] {
  return Array.from({ length: times }, () => told)
    .flat()
    .map(({ name }) => {
      const startedAt = performance.now();
      const { status } = spawnSync(
        process.execPath,
        [
          '--test',
          '--test-reporter=spec',
          `--test-timeout=${STORY_TIMEOUT_MS}`,
          path.join(import.meta.dirname, `${name}.test.ts`),
        ],
        { stdio: 'inherit', env: { ...process.env, KUBECONFIG: kubeconfig } },
      );
      return { name, passed: status === 0, seconds: (performance.now() - startedAt) / 1_000 };
    });
}
