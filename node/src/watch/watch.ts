/** One watch: what it asked for, how far it is, and what waits for its subscriber. Only the hub changes it. */
import type { ChangeEvent } from './change-event.ts';
import type { Subscriber } from './subscriber.ts';

export interface WatchRequest {
  /** A key, or a prefix of keys (the empty one is of all); latin1, one byte per character. */
  readonly key: string;
  readonly isPrefix: boolean;
  /** The first revision that is wanted; undefined for the first one after what is applied here now. */
  readonly from: number | undefined;
  /** Whether the subscriber wants to see what keys held before. */
  readonly previous: boolean;
  /** The subscriber's own number for it. */
  readonly tag: number;
}

/** Why a watch ended, or did not begin. */
export type EndCode = 'compacted' | 'slow' | 'closing' | 'too-many';

export interface WatchEnd {
  readonly code: EndCode;
  /** What happened, and what would be right. */
  readonly detail: string;
  /**
   * The revision to ask for next. After `slow` and `closing` nothing is missed by it. After `compacted` it is the first one that
   * this replica still knows: what was between has to be read, not watched.
   */
  readonly resumeFrom: number;
}

/**
 * `catching`: the events from `position` on are read from the history. `live`: found by the index, they queue. `overflowed`: its
 * queue grew too long, and it is about to be ended. `ended`: nothing comes any more.
 */
export type WatchState = 'catching' | 'live' | 'overflowed' | 'ended';

export class Watch {
  readonly key: string;
  readonly isPrefix: boolean;
  readonly previous: boolean;
  readonly tag: number;
  readonly subscriber: Subscriber;
  /** Everything from this revision on is reported, nothing before it. */
  readonly from: number;
  state: WatchState = 'live';
  /** In the history; while it is catching up. */
  position = 0;
  /** Every event up to this revision has been looked at; while it is catching up. */
  passed = 0;
  /** While it is live: whole revisions, except while the newest one is being applied. */
  queue: ChangeEvent[] = [];
  queuedBytes = 0;
  /** It is on the hub's list of those to serve in its next turn. */
  isListed = false;

  constructor(request: WatchRequest, from: number, subscriber: Subscriber) {
    this.key = request.key;
    this.isPrefix = request.isPrefix;
    this.previous = request.previous;
    this.tag = request.tag;
    this.from = from;
    this.subscriber = subscriber;
  }

  /** Undefined stands for all keys at once. */
  wants(key: string | undefined): boolean {
    if (key === undefined) return true;
    return this.isPrefix ? key.startsWith(this.key) : key === this.key;
  }
}
