/** Who gets what watches report: one connection of a door, or a checker. */
import type { ChangeEvent } from './change-event.ts';
import type { Watch, WatchEnd } from './watch.ts';

export interface Subscriber {
  /**
   * Whether it takes more. While it does not, changes wait in the hub, up to a limit; when it does again, it calls `hub.wake` for
   * each of its watches.
   */
  readonly isReady: boolean;
  /**
   * All that one revision did to what this watch asked for, in order. Revisions of a watch only rise. Both arrays and events are
   * the subscriber's to keep, and not to change.
   */
  change(watch: Watch, revision: number, events: readonly ChangeEvent[]): void;
  /** Nothing more comes of this watch. */
  ended(watch: Watch, end: WatchEnd): void;
  /** The end of a turn in which there was something: what was handed over may go out in one piece. */
  flush(): void;
}
