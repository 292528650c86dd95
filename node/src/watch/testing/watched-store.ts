/** A store with a hub that hears of its changes, and turns that run when the test says so. */
import { INTERNAL } from '../../kv/internal-codes.ts';
import { commandByName } from '../../kv/commands.ts';
import { Store } from '../../kv/store.ts';
import { encodeTransaction } from '../../kv/transaction.ts';
import { Hub } from '../hub.ts';
import { WATCH_LIMITS, type WatchLimits } from '../limits.ts';
import type { Subscriber } from '../subscriber.ts';
import { Watch, type WatchEnd, type WatchRequest } from '../watch.ts';

export const REQUEST: WatchRequest = { key: '', isPrefix: true, from: undefined, previous: false, tag: 0 };

export class WatchedStore {
  readonly store = new Store();
  readonly hub: Hub;
  #turns: (() => void)[] = [];

  constructor(limits: Partial<WatchLimits> = {}) {
    this.hub = new Hub({
      defer: (turn) => this.#turns.push(turn),
      limits: { ...WATCH_LIMITS, ...limits },
    });
    this.hub.follow(this.store);
  }

  /** `SET key value` and the like. */
  run(...words: string[]): void {
    const [name = '', ...args] = words;
    this.store.execute(codeOf(name), args, { nowMs: 1_000, random: 0 });
  }

  /** Commands that share a revision. */
  transaction(...commands: string[][]): void {
    const queued = commands.map(([name = '', ...args]) => ({ code: codeOf(name), args }));
    this.store.execute(INTERNAL.exec, encodeTransaction([], 0, queued), { nowMs: 1_000, random: 0 });
  }

  /** Runs one turn of the hub, if it wants one. Returns whether it did. */
  turn(): boolean {
    const turn = this.#turns.shift();
    turn?.();
    return turn !== undefined;
  }

  settle(): void {
    while (this.turn());
  }

  /** A watch that must begin. */
  watch(subscriber: Subscriber, request: Partial<WatchRequest> = {}): Watch {
    const watch = this.ask(subscriber, request);
    if (!(watch instanceof Watch)) throw new Error(`refused: ${watch.detail}`);
    return watch;
  }

  ask(subscriber: Subscriber, request: Partial<WatchRequest> = {}): Watch | WatchEnd {
    return this.hub.create({ ...REQUEST, ...request }, subscriber);
  }
}

function codeOf(name: string): number {
  const command = commandByName(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return command.code;
}
