/** `npm run simulate`: many seeds on all processors, or one with its trace. The last line of a failure is the seed. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { InvalidInput } from '../src/errors.ts';
import { runSeed, type RunResult } from './run.ts';
import { runSeeds, type SeedRange } from './seed-pool.ts';
import { Totals } from './totals.ts';

const HELP = `Runs simulated clusters, one for each seed.

  --seeds N        how many seeds (default 500)
  --first-seed N   the first of them (default 1)
  --seed N         this one alone, with a readable trace
  --threads N      runs at a time (default: one for each processor)
  --quiet          no line for each seed
  --help           print this text`;

/** Bounds every loop: at about ten seeds a second a million takes a day. */
const SEEDS_MAX = 1_000_000;
const THREADS_MAX = 256;

interface Options extends SeedRange {
  /** One seed alone, with its trace. */
  readonly one: boolean;
  readonly quiet: boolean;
}

/** Undefined when only the help was asked for. */
function parse(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string' },
      'first-seed': { type: 'string' },
      seed: { type: 'string' },
      threads: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const number = (
    name: 'seeds' | 'first-seed' | 'seed' | 'threads',
    fallback: number,
    max: number,
  ): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > max) {
      throw new InvalidInput(`--${name}`, text, `must be a whole number from 0 to ${max}`);
    }
    return value;
  };
  const one = values.seed !== undefined;
  return {
    first: one ? number('seed', 1, 2 ** 48) : number('first-seed', 1, 2 ** 48),
    count: one ? 1 : number('seeds', 500, SEEDS_MAX),
    threads: Math.max(1, number('threads', availableParallelism(), THREADS_MAX)),
    one,
    quiet: values.quiet,
  };
}

function summary(result: RunResult): string {
  const faults = Object.entries({ ...result.faults, ...result.operator })
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  return (
    `seed ${result.seed} ${result.hash} ${result.replicas} replicas of ${result.machines}${result.lease ? ', leases' : ''}, ${result.slots} slots, ` +
    `${result.operations} operations (${result.answered} answered, ${result.notDone} not done, ` +
    `${result.unknown} unknown, ${result.checked} checked), ${result.leaderChanges} leaders, ` +
    `${result.network.lost} frames lost, ${faults}`
  );
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
  return options.one ? runOne(options.first) : runMany(options);
}

function runOne(seed: number): number {
  try {
    console.log(summary(runSeed(seed, (line) => console.log(line))));
    return 0;
  } catch (error) {
    return fail(seed, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

async function runMany(options: Options): Promise<number> {
  const totals = new Totals();
  const failure = await runSeeds(options, (result) => {
    totals.add(result);
    if (!options.quiet) console.log(summary(result));
  });
  console.log(`in ${totals.runs} runs: ${totals.text}`);
  if (failure !== undefined) return fail(failure.seed, failure.text);
  console.log(`${options.count} seeds are clean, ${options.first} to ${options.first + options.count - 1}`);
  return 0;
}

function fail(seed: number, text: string): number {
  console.log(text);
  console.log(`failed: npm run simulate -- --seed ${seed}`);
  return 1;
}

process.exitCode = await main();
