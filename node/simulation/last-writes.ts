/** The last word on liveness: once everything has recovered, a write through each replica is answered. */
import { commandByName } from '../src/kv/commands.ts';
import { OK } from '../src/kv/reply.ts';
import { Failure, type Outcome, type ReplySink } from '../src/replica/door.ts';
import type { History, Operation } from './history.ts';
import type { Machine } from './machine.ts';
import type { Time } from './time.ts';

/** No client of the load has this number. */
const CLIENT = 0;

export class LastWrites implements ReplySink {
  readonly #operations: Operation[] = [];
  readonly #machines: readonly Machine[];
  readonly #history: History;

  /** `requestCounts`: requests by the log of each process so far. `mayGrow`: no quota could refuse them. */
  constructor(
    machines: readonly Machine[],
    time: Time,
    history: History,
    requestCounts: ReadonlyMap<number, number>,
    mayGrow: boolean,
  ) {
    this.#machines = machines;
    this.#history = history;
    const code = commandByName(mayGrow ? 'SET' : 'DEL')?.code;
    if (code === undefined) throw new Error('no such command');
    for (const [index, { place, processNumber: process, replica }] of machines.entries()) {
      if (replica === undefined) throw new Error(`replica ${place} does not run`);
      const args = mayGrow ? [`last ${place}`, 'written'] : [`last ${place}`];
      const request = (requestCounts.get(process) ?? 0) + 1;
      const call = { client: CLIENT, path: 'log', code, args, process, request } as const;
      this.#operations.push(history.call({ ...call, calledAtMs: time.now }));
      replica.write(code, args, this, index);
    }
  }

  settle(token: number, outcome: Outcome): void {
    const operation = this.#operations[token];
    if (operation === undefined) throw new Error(`AnsweredOnce: there is no last write ${token}`);
    operation.outcome = outcome;
    operation.slotAtReturn = this.#machines[token]?.replica?.status().applied ?? 0;
    if (outcome instanceof Failure) return;
    this.#history.answered += 1;
    this.#history.acknowledge(operation.slotAtReturn);
  }

  /** What is wrong with the first write that is not done; undefined once all are. */
  get fault(): string | undefined {
    const index = this.#operations.findIndex(({ outcome }) => outcome !== OK && outcome !== 0);
    if (index < 0) return undefined;
    const outcome = this.#operations[index]?.outcome;
    const text = outcome instanceof Failure ? `refused: ${outcome.reason}` : JSON.stringify(outcome);
    return `Liveness: the last write through replica ${this.#machines[index]?.place} gives ${text}`;
  }
}
