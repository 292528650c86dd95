/** The options of `npm run bench`. */
import { CommandLine, describeOptions, type OptionSpec } from '../node/src/command-line.ts';
import { type Load, LOADS, QUICK_LOADS } from './load.ts';

export interface BenchOptions {
  readonly loads: readonly Load[];
  /** How often each system meets each load. */
  readonly rounds: number;
  /** How long one meeting is meant to take. */
  readonly runSeconds: number;
  /** Ends the output with the results as one line of JSON. */
  readonly json: boolean;
}

/** Longer runs even out a noisy machine; these keep a whole bench at about six minutes. */
const RUN_SECONDS = 4;
/** Keeps a quick one under a minute. */
const QUICK_RUN_SECONDS = 1.5;
const ROUNDS_MAX = 100;

const SPECS: readonly OptionSpec[] = [
  { name: 'quick', help: 'puts and gets with 50 clients only, in under a minute' },
  { name: 'rounds', value: 'N', help: 'how often each system meets each load', fallback: '3' },
  { name: 'json', help: 'end with one line of JSON' },
  { name: 'help', help: 'print this text' },
];

/** Throws `InvalidInput`; answers with the help text when it is asked for. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions | string {
  const line = new CommandLine(SPECS, argv);
  if (line.has('help')) {
    return `Measures PaxosKV beside etcd and redis-server: npm run bench -- [options]\n\n${describeOptions(SPECS)}`;
  }
  const quick = line.has('quick');
  return Object.freeze({
    loads: quick ? QUICK_LOADS : LOADS,
    rounds: line.integer('rounds', 1, ROUNDS_MAX),
    runSeconds: quick ? QUICK_RUN_SECONDS : RUN_SECONDS,
    json: line.has('json'),
  });
}
