/** A subscriber that writes down what it gets, and takes as much as it is told to. */
import type { ChangeEvent } from '../change-event.ts';
import type { Subscriber } from '../subscriber.ts';
import type { Watch, WatchEnd } from '../watch.ts';

export interface Change {
  readonly tag: number;
  readonly revision: number;
  readonly events: readonly ChangeEvent[];
}

export class Recorder implements Subscriber {
  readonly changes: Change[] = [];
  readonly ends: { readonly tag: number; readonly end: WatchEnd }[] = [];
  flushes = 0;
  /** Changes that it takes before it is no longer ready. */
  room = Infinity;

  get isReady(): boolean {
    return this.room > 0;
  }

  change({ tag }: Watch, revision: number, events: readonly ChangeEvent[]): void {
    this.room -= 1;
    this.changes.push({ tag, revision, events });
  }

  ended({ tag }: Watch, end: WatchEnd): void {
    this.ends.push({ tag, end });
  }

  flush(): void {
    this.flushes += 1;
  }

  /** `revision:kind key=value(previous) …` for each change of a watch. */
  story(tag = 0): string[] {
    return this.changes
      .filter((change) => change.tag === tag)
      .map(({ revision, events }) => `${revision}:${events.map(eventStory).join(' ')}`);
  }
}

function eventStory({ kind, key, value, previous }: ChangeEvent): string {
  const before = previous === undefined ? '' : `(${previous})`;
  if (kind === 'clear') return 'clear';
  return kind === 'put' ? `${key}=${value}${before}` : `${kind} ${key}${before}`;
}
