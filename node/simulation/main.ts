/** `npm run simulate`: many seeds, or one with its trace. The last line of a failure is the seed. */
import { parseArgs } from 'node:util';
import { InvalidInput } from '../src/errors.ts';
import { runSeed, type RunResult } from './run.ts';

const HELP = `Runs simulated clusters, one for each seed.

  --seeds N        how many seeds (default 500)
  --first-seed N   the first of them (default 1)
  --seed N         this one alone, with a readable trace
  --quiet          no line for each seed
  --help           print this text`;

/** Bounds every loop: at about ten seeds a second a million takes a day. */
const SEEDS_MAX = 1_000_000;

function parse(argv: readonly string[]): { first: number; count: number; trace: boolean; quiet: boolean } {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seeds: { type: 'string' },
      'first-seed': { type: 'string' },
      seed: { type: 'string' },
      quiet: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    console.log(HELP);
    process.exit(0);
  }
  const number = (name: 'seeds' | 'first-seed' | 'seed', fallback: number, max: number): number => {
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
    trace: one,
    quiet: values.quiet === true,
  };
}

function summary(result: RunResult): string {
  const faults = Object.entries(result.faults)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  return (
    `seed ${result.seed} ${result.hash} ${result.replicas} replicas, ${result.slots} slots, ` +
    `${result.operations} operations (${result.answered} answered, ${result.notDone} not done, ` +
    `${result.unknown} unknown, ${result.checked} checked), ${result.leaderChanges} leaders, ` +
    `${result.network.lost} frames lost, ${faults}`
  );
}

function main(): number {
  let options;
  try {
    options = parse(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
  for (let seed = options.first; seed < options.first + options.count; seed += 1) {
    try {
      const result = runSeed(seed, options.trace ? (line) => console.log(line) : undefined);
      if (!options.quiet) console.log(summary(result));
    } catch (error) {
      console.log(error instanceof Error ? error.stack : String(error));
      console.log(`failed: npm run simulate -- --seed ${seed}`);
      return 1;
    }
  }
  console.log(`${options.count} seeds are clean, ${options.first} to ${options.first + options.count - 1}`);
  return 0;
}

process.exit(main());
