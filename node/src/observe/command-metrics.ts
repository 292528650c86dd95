/** Commands by name and outcome: counted in plain fields, since this runs once for every command. */
import { Counter, type Registry } from 'prom-client';
import type { ReplicaEvent } from './events.ts';
import { type BucketCounts, BucketHistogram, type Buckets, DURATION_BOUNDS_SECONDS } from './histogram.ts';

export type CommandOutcome = Extract<ReplicaEvent, { kind: 'commandDone' }>['outcome'];

/**
 * Names that get series of their own. The command table has fewer; what is above, some door took from a
 * client, and counts as `other`, so that no client can fill the memory of whoever scrapes.
 */
const NAMES_MAX = 512;
const OTHER = 'other';

interface Numbers {
  ok: number;
  error: number;
  notDone: number;
  unknown: number;
  readonly durations: Buckets;
}

export class CommandMetrics {
  readonly #byName = new Map<string, Numbers>();
  readonly #total: Counter;
  readonly #unknownTotal: Counter;
  #unknown = 0;
  readonly #duration: BucketHistogram;

  constructor(registry: Registry) {
    this.#total = new Counter({
      name: 'paxoskv_commands_total',
      help: 'Commands that clients sent to this replica, by name and outcome (ok, error, not-done, unknown)',
      labelNames: ['command', 'outcome'],
      registers: [registry],
    });
    // There from the start, at 0: a series of its own begins with its first one, and no alert sees a rise in that.
    this.#unknownTotal = new Counter({
      name: 'paxoskv_unknown_outcomes_total',
      help: 'Commands of any name whose clients were told that they may have been carried out or not',
      registers: [registry],
    });
    this.#duration = new BucketHistogram(registry, {
      name: 'paxoskv_command_duration_seconds',
      help: 'From the arrival of a command at this replica to its answer',
      bounds: DURATION_BOUNDS_SECONDS,
      label: 'command',
    });
  }

  done(name: string, outcome: CommandOutcome, durationMs: number): void {
    const numbers = this.#byName.get(name) ?? this.#add(name);
    numbers[outcome] += 1;
    if (outcome === 'unknown') this.#unknown += 1;
    numbers.durations.observe(durationMs / 1000);
  }

  /** The durations of all commands together. */
  get durations(): BucketCounts {
    const counts: number[] = Array.from({ length: DURATION_BOUNDS_SECONDS.length + 1 }, () => 0);
    let sum = 0;
    for (const { durations } of this.#byName.values()) {
      const { total } = durations;
      for (const [bucket, count] of total.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
      sum += total.sum;
    }
    return { bounds: DURATION_BOUNDS_SECONDS, counts, sum };
  }

  /** Hands the counts to prom-client: outcomes that have not been yet at 0, so that the first ones are seen as a rise. */
  collect(): void {
    this.#total.reset();
    this.#unknownTotal.reset();
    this.#unknownTotal.inc(this.#unknown);
    for (const [command, numbers] of this.#byName) {
      this.#set(command, 'ok', numbers.ok);
      this.#set(command, 'error', numbers.error);
      this.#set(command, 'not-done', numbers.notDone);
      this.#set(command, 'unknown', numbers.unknown);
    }
  }

  #set(command: string, outcome: string, count: number): void {
    this.#total.inc({ command, outcome }, count);
  }

  #add(name: string): Numbers {
    const kept = this.#byName.size < NAMES_MAX ? name : OTHER;
    const numbers: Numbers = this.#byName.get(kept) ?? {
      ok: 0,
      error: 0,
      notDone: 0,
      unknown: 0,
      durations: this.#duration.buckets(kept),
    };
    this.#byName.set(kept, numbers);
    return numbers;
  }
}
