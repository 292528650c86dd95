/** A replica whose answers the test gives, when and in which order it likes. */
import type { Outcome, ReplicaDoor, ReplicaStatus, ReplySink, Staleness } from '../../replica/door.ts';
import { StoreDoor } from './store-door.ts';

const DEADLINE_MS = 10_000;

export interface Call {
  readonly kind: 'read' | 'write';
  readonly code: number;
  readonly args: readonly string[];
  settle(outcome: Outcome): void;
}

export class ScriptedDoor implements ReplicaDoor {
  readonly calls: Call[] = [];
  readonly congested = false;
  #changed: () => void = () => undefined;

  write(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.#add('write', code, args, sink, token);
  }

  read(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.#add('read', code, args, sink, token);
  }

  readStale(): Outcome {
    throw new Error('this door has no stale reads');
  }

  get staleness(): Staleness {
    throw new Error('this door has no stale reads');
  }

  whenRelieved(): void {
    throw new Error('this door is never congested');
  }

  status(): ReplicaStatus {
    return new StoreDoor().status();
  }

  /** The calls so far, as words, once there are `count` of them. */
  async called(count: number): Promise<string[]> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (this.calls.length < count) {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new Error(`waited for ${count} calls, got ${this.calls.length}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.calls.map(({ kind, args }) => [kind, ...args].join(' '));
  }

  /** Settles the call at this position of `calls`. */
  settle(index: number, outcome: Outcome): void {
    this.calls[index]?.settle(outcome);
  }

  #add(kind: Call['kind'], code: number, args: readonly string[], sink: ReplySink, token: number): void {
    this.calls.push({ kind, code, args, settle: (outcome) => sink.settle(token, outcome) });
    this.#changed();
  }
}
