/**
 * `npm run mutants`: applies each known-bad change to a copy of the sources and runs seeds until a checker
 * or an assertion sees it. A mutant that survives means that the simulator is blind to a kind of bug.
 */
import { parseArgs } from 'node:util';
import { InvalidInput } from '../../src/errors.ts';
import { runSeeds } from '../seed-pool.ts';
import { Checkout } from './checkout.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { passes } from './unit-test.ts';

const HELP = `Breaks the sources in known ways, one at a time, and shows who notices.

  --seeds N    seeds for each mutant, at most (default 1000)
  --first-seed N   the first of them (default 1)
  --only TEXT  those whose name holds this text
  --help       print this text`;

const SEEDS_MAX = 1_000_000;
/** Each on one thread: as many as the smallest machine that we develop on has processors. */
const MUTANTS_AT_A_TIME = 2;
/** Unchanged, the copy must pass: else every mutant is "caught" by whatever is wrong with it. */
const CANARY_SEEDS = 40;

interface Options {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly mutants: readonly Mutant[];
}

function parse(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string', default: '1000' },
      'first-seed': { type: 'string', default: '1' },
      only: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (name: 'seeds' | 'first-seed'): number => {
    const value = Number(values[name]);
    if (/^\d+$/.test(values[name]) && value >= 1 && value <= SEEDS_MAX) return value;
    throw new InvalidInput(`--${name}`, values[name], `must be a whole number from 1 to ${SEEDS_MAX}`);
  };
  const mutants = MUTANTS.filter((mutant) => mutant.name.includes(values.only));
  if (mutants.length === 0) throw new InvalidInput('--only', values.only, "must be part of a mutant's name");
  return { seeds: number('seeds'), firstSeed: number('first-seed'), mutants };
}

async function main(): Promise<number> {
  let options;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const original = new Checkout();
  try {
    return await tryAll(original, options);
  } finally {
    original.remove();
  }
}

async function tryAll(original: Checkout, options: Options): Promise<number> {
  // All are applied before any runs, so that one that no longer fits does not wait for an hour.
  for (const mutant of options.mutants) mutated(original, mutant).remove();
  const canary = { first: options.firstSeed, count: CANARY_SEEDS, threads: MUTANTS_AT_A_TIME };
  const failure = await runSeeds({ ...canary, worker: original.worker }, () => undefined);
  if (failure !== undefined) {
    console.log(`the unchanged sources fail with seed ${failure.seed}: ${failure.text}`);
    return 1;
  }
  for (const { seenBy } of options.mutants) {
    if (seenBy === undefined || passes(original, seenBy)) continue;
    console.log(`the unchanged sources fail the test "${seenBy.name}"`);
    return 1;
  }
  console.log(`${'mutant'.padEnd(58)}  seeds  seconds  caught by`);
  const waiting = [...options.mutants];
  const survivors: string[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      if (!(await isCaught(original, mutant, options))) survivors.push(mutant.name);
    }
  };
  await Promise.all(Array.from({ length: MUTANTS_AT_A_TIME }, work));
  console.log(
    survivors.length === 0
      ? `all ${options.mutants.length} mutants are caught`
      : `${survivors.length} of ${options.mutants.length} mutants survive: ${survivors.join(', ')}`,
  );
  return survivors.length === 0 ? 0 : 1;
}

async function isCaught(original: Checkout, mutant: Mutant, options: Options): Promise<boolean> {
  const copy = mutated(original, mutant);
  const startedAtMs = performance.now();
  try {
    const { seeds, witness } = await hunt(copy, mutant, options);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(
      `${mutant.name.padEnd(58)}  ${String(seeds).padStart(5)}  ${seconds.padStart(7)}  ${witness ?? 'nobody: it survives'}`,
    );
    return witness !== undefined;
  } finally {
    copy.remove();
  }
}

interface Hunt {
  /** How many seeds it took. */
  readonly seeds: number;
  /** What has seen the mutant, if anything has. */
  readonly witness: string | undefined;
}

async function hunt(copy: Checkout, mutant: Mutant, options: Options): Promise<Hunt> {
  const { seenBy } = mutant;
  if (seenBy !== undefined) {
    return { seeds: 0, witness: passes(copy, seenBy) ? undefined : `the test in ${seenBy.file}` };
  }
  const range = { first: options.firstSeed, count: options.seeds, threads: 1, worker: copy.worker };
  const failure = await runSeeds(range, () => undefined);
  return failure === undefined
    ? { seeds: options.seeds, witness: undefined }
    : { seeds: failure.seed - options.firstSeed + 1, witness: firstLine(failure.text) };
}

function mutated(original: Checkout, mutant: Mutant): Checkout {
  const copy = new Checkout(original.folder);
  copy.apply(mutant);
  return copy;
}

/** What was violated; a line of a table has room for that much. */
function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 110);
}

process.exitCode = await main();
