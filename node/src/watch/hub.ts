/**
 * Tells watchers what changes. The store calls it with each change as it is applied; what is handed over to subscribers
 * goes in turns of its own, later, so that a transaction is always complete by then and watchers never delay a client's answer.
 *
 *     store ──► history ─────────────────► watches that catch up ──► subscribers
 *          └──► index ──► queues ────────► live watches ───────────┘
 *
 * What it promises, in etcd's words. Ordered: revisions of a watch only rise. Unique: none comes twice. Reliable: none is left
 * out, or the watch ends and says so. Atomic: all that one revision did comes in one piece. Resumable: from any revision that
 * the history still has, here or at another replica. Bookmarkable: `sentThrough` says up to which revision all has been handed over.
 */
import type { ChangeListener, StoreFollower } from '../kv/change-listener.ts';
import type { KeyRecord } from '../kv/key-record.ts';
import type { Store } from '../kv/store.ts';
import { ChangeEvent, type ChangeKind } from './change-event.ts';
import { compacted, closing, slow, tooMany } from './endings.ts';
import { History } from './history.ts';
import { CHANGES_PER_TURN_MAX, SCANNED_PER_TURN_MAX, type WatchLimits } from './limits.ts';
import type { Subscriber } from './subscriber.ts';
import { Watch, type WatchEnd, type WatchRequest } from './watch.ts';
import { WatchIndex } from './watch-index.ts';

export interface HubOptions {
  /** Runs a turn soon, when what is going on now is done: `setImmediate`. */
  readonly defer: (turn: () => void) => void;
  readonly limits: WatchLimits;
}

/** Numbers for metrics. */
export interface HubCounts {
  readonly watches: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly queuedBytes: number;
  readonly eventsSent: number;
  /** Watches that were ended, by reason. */
  readonly ended: Readonly<Record<WatchEnd['code'], number>>;
}

export class Hub implements ChangeListener, StoreFollower {
  readonly #options: HubOptions;
  readonly #history: History;
  readonly #index = new WatchIndex();
  readonly #watches = new Set<Watch>();
  /** Watches to serve in the next turn. */
  #listed: Watch[] = [];
  /** Who got something in this turn. */
  readonly #touched = new Set<Subscriber>();
  readonly #matched: Watch[] = [];
  #revision = 0;
  #isTurnPending = false;
  #isClosed = false;
  #queuedBytes = 0;
  #eventsSent = 0;
  readonly #ended = { compacted: 0, slow: 0, closing: 0, 'too-many': 0 };

  constructor(options: HubOptions) {
    this.#options = options;
    const { historyEventsMax, historyBytesMax, revisionBytesMax } = options.limits;
    this.#history = new History(historyEventsMax, historyBytesMax, revisionBytesMax);
  }

  /** The newest revision that is applied here. */
  get revision(): number {
    return this.#revision;
  }

  get counts(): HubCounts {
    return {
      watches: this.#watches.size,
      historyEvents: this.#history.size,
      historyBytes: this.#history.bytes,
      queuedBytes: this.#queuedBytes,
      eventsSent: this.#eventsSent,
      ended: { ...this.#ended },
    };
  }

  // --- What the store tells ---------------------------------------------------------------------

  /** Follows a store from now on: at the start, and whenever another one, from a snapshot, takes the place of the first. */
  follow(store: Store): void {
    this.reset(store.revision);
    store.tell(this);
  }

  /**
   * The state jumped to that revision: what lies before is not known here. Watches that have not been sent everything up to it end
   * as compacted; nothing is skipped silently.
   */
  reset(revision: number): void {
    const isJump = revision !== this.#revision;
    this.#history.reset(revision);
    this.#revision = revision;
    for (const watch of this.#watches) {
      const isLevel = watch.state === 'live' && watch.queue.length === 0 && !isJump;
      if (!isLevel && watch.from <= revision) this.#end(watch, compacted(revision + 1));
    }
    this.#flushTouched();
  }

  put(record: KeyRecord, previous: string | undefined): void {
    const { key, value, modifyRevision, createRevision, version, expiresAtMs } = record;
    this.#note('put', key, value, previous, modifyRevision, createRevision, version, expiresAtMs);
  }

  removed(record: KeyRecord, revision: number, expired: boolean): void {
    this.#note(expired ? 'expire' : 'delete', record.key, '', record.value, revision, 0, 0, 0);
  }

  cleared(revision: number): void {
    this.#note('clear', '', '', undefined, revision, 0, 0, 0);
  }

  /** The arguments are those of a `ChangeEvent`: no object is made of them while nobody wants it. */
  #note(
    kind: ChangeKind,
    key: string,
    value: string,
    previous: string | undefined,
    revision: number,
    createRevision: number,
    version: number,
    expiresAtMs: number,
  ): void {
    this.#revision = revision;
    this.#history.add(kind, key, value, previous, revision, createRevision, version, expiresAtMs);
    if (this.#index.size === 0) return;
    const matched = this.#matched;
    this.#index.match(kind === 'clear' ? undefined : key, matched);
    if (matched.length === 0) return;
    const event = new ChangeEvent(kind, key, value, previous, revision, createRevision, version, expiresAtMs);
    event.isShared = matched.length > 1;
    const isKept = revision > this.#history.compactedThrough;
    for (let index = 0; index < matched.length; index += 1) {
      const watch = matched[index] as Watch;
      if (isKept) this.#queue(watch, event);
      else this.#giveUp(watch, revision);
    }
    matched.length = 0;
  }

  /** The revision is too large to be told: who wants more of it than has been queued hears nothing of it. */
  #giveUp(watch: Watch, revision: number): void {
    if (revision < watch.from) return;
    this.#end(watch, compacted(revision + 1));
    // So that what its connection is told goes out.
    this.#ask();
  }

  #queue(watch: Watch, event: ChangeEvent): void {
    if (event.revision < watch.from || watch.state !== 'live') return;
    const { queueEventsMax, queueBytesMax, queuesBytesMax } = this.#options.limits;
    const { bytes } = event;
    const isFull =
      watch.queue.length >= queueEventsMax ||
      watch.queuedBytes + bytes > queueBytesMax ||
      this.#queuedBytes + bytes > queuesBytesMax;
    // One revision always has room, as large as the history takes them: else a watch of it could never get past it.
    if (isFull && watch.queue.length > 0 && watch.queue[0]?.revision !== event.revision) {
      watch.state = 'overflowed';
    } else {
      watch.queue.push(event);
      watch.queuedBytes += bytes;
      this.#queuedBytes += bytes;
    }
    this.#list(watch);
  }

  // --- What subscribers ask ---------------------------------------------------------------------

  /**
   * Begins a watch, or says why not. From `watch.from` on everything is reported, and the first of it not before this returns. A
   * watch of a later revision than this replica has applied waits for it.
   */
  create(request: WatchRequest, subscriber: Subscriber): Watch | WatchEnd {
    const from = request.from ?? this.#revision + 1;
    const refusal = this.#refusal(from);
    if (refusal !== undefined) {
      this.#ended[refusal.code] += 1;
      return refusal;
    }
    const watch = new Watch(request, from, subscriber);
    this.#watches.add(watch);
    watch.position = this.#history.positionOf(from);
    if (watch.position < this.#history.end) {
      watch.state = 'catching';
      watch.passed = from - 1;
      this.#list(watch);
    } else this.#index.add(watch);
    return watch;
  }

  #refusal(from: number): WatchEnd | undefined {
    const { watchesMax } = this.#options.limits;
    if (this.#isClosed) return closing(from);
    if (this.#watches.size >= watchesMax) {
      return tooMany(`this replica has ${watchesMax} watches, which is its limit`, from);
    }
    const { compactedThrough } = this.#history;
    return from <= compactedThrough ? compacted(compactedThrough + 1) : undefined;
  }

  /** Nothing comes of it any more, not even a word of farewell. */
  cancel(watch: Watch): void {
    if (watch.state === 'ended') return;
    watch.state = 'ended';
    this.#index.remove(watch);
    this.#watches.delete(watch);
    this.#dropQueue(watch);
  }

  /** Its subscriber takes more again. */
  wake(watch: Watch): void {
    if (watch.state === 'catching' || watch.queue.length > 0) this.#list(watch);
  }

  /**
   * A bookmark: every change that this watch wants, from its first revision to this one, has been handed over; undefined while that is
   * not true of any revision that this replica has applied.
   */
  sentThrough(watch: Watch): number | undefined {
    const through = this.#through(watch);
    return through === undefined || through < watch.from - 1 ? undefined : through;
  }

  /** Ends every watch, and begins none. */
  close(): void {
    this.#isClosed = true;
    for (const watch of this.#watches) this.#end(watch, closing(this.#resumeFrom(watch)));
    this.#flushTouched();
  }

  // --- The turn ---------------------------------------------------------------------------------

  #list(watch: Watch): void {
    if (watch.isListed) return;
    watch.isListed = true;
    this.#listed.push(watch);
    this.#ask();
  }

  #ask(): void {
    if (this.#isTurnPending) return;
    this.#isTurnPending = true;
    this.#options.defer(this.#turn);
  }

  /** Serves those on the list, a bounded share of the work; who has more to get goes to the end of the list. */
  readonly #turn = (): void => {
    this.#isTurnPending = false;
    let changes = CHANGES_PER_TURN_MAX;
    let scanned = SCANNED_PER_TURN_MAX;
    const listed = this.#listed;
    let served = 0;
    this.#listed = [];
    while (served < listed.length && changes > 0 && scanned > 0) {
      const watch = listed[served] as Watch;
      served += 1;
      watch.isListed = false;
      if (watch.state === 'catching') {
        const before = watch.position;
        changes -= this.#catchUp(watch, changes, scanned);
        scanned -= watch.position - before;
      } else changes -= this.#deliver(watch, changes);
    }
    if (served < listed.length) this.#listed = [...listed.slice(served), ...this.#listed];
    this.#flushTouched();
    if (this.#listed.length > 0) this.#ask();
  };

  /** Returns how many changes it handed over. */
  #deliver(watch: Watch, changesMax: number): number {
    if (watch.state === 'overflowed') {
      const from = this.#resumeFrom(watch);
      const { compactedThrough } = this.#history;
      // No advice that would be refused.
      this.#end(watch, from <= compactedThrough ? compacted(compactedThrough + 1) : slow(from));
      return 1;
    }
    const { queue } = watch;
    let start = 0;
    let changes = 0;
    while (start < queue.length && changes < changesMax && watch.subscriber.isReady) {
      let end = start + 1;
      const { revision } = queue[start] as ChangeEvent;
      while (end < queue.length && queue[end]?.revision === revision) end += 1;
      this.#send(watch, revision, queue.slice(start, end));
      // The subscriber may have cancelled it.
      if (watch.queue !== queue) return changes + 1;
      changes += 1;
      start = end;
    }
    this.#dropQueue(watch, start);
    if (watch.queue.length > 0 && watch.subscriber.isReady) this.#list(watch);
    return changes;
  }

  /** Reads on in the history, and makes the watch live at its end. Returns how many changes it handed over. */
  #catchUp(watch: Watch, changesMax: number, scannedMax: number): number {
    const history = this.#history;
    if (watch.position < history.first) {
      this.#end(watch, compacted(history.compactedThrough + 1));
      return 1;
    }
    let changes = 0;
    const stop = watch.position + scannedMax;
    while (watch.position < history.end) {
      if (!watch.subscriber.isReady) return changes;
      if (changes >= changesMax || watch.position >= stop) {
        this.#list(watch);
        return changes;
      }
      const revision = history.revisionAt(watch.position);
      const events: ChangeEvent[] = [];
      while (watch.position < history.end && history.revisionAt(watch.position) === revision) {
        if (watch.wants(history.keyAt(watch.position))) events.push(history.at(watch.position));
        watch.position += 1;
      }
      watch.passed = revision;
      if (events.length === 0) continue;
      this.#send(watch, revision, events);
      changes += 1;
      // The subscriber may have cancelled it.
      if (watch.state !== 'catching') return changes;
    }
    watch.state = 'live';
    this.#index.add(watch);
    return changes;
  }

  #send(watch: Watch, revision: number, events: readonly ChangeEvent[]): void {
    this.#eventsSent += events.length;
    this.#touched.add(watch.subscriber);
    watch.subscriber.change(watch, revision, events);
  }

  #through(watch: Watch): number | undefined {
    switch (watch.state) {
      case 'live':
      case 'overflowed': {
        const waiting = watch.queue[0];
        return waiting === undefined ? this.#revision : waiting.revision - 1;
      }
      case 'catching':
        return watch.passed;
      case 'ended':
        return undefined;
    }
  }

  #resumeFrom(watch: Watch): number {
    return Math.max(watch.from, (this.#through(watch) ?? 0) + 1);
  }

  #end(watch: Watch, end: WatchEnd): void {
    this.cancel(watch);
    this.#ended[end.code] += 1;
    this.#touched.add(watch.subscriber);
    watch.subscriber.ended(watch, end);
  }

  #dropQueue(watch: Watch, count = watch.queue.length): void {
    if (count === 0) return;
    if (count === watch.queue.length) {
      this.#queuedBytes -= watch.queuedBytes;
      watch.queuedBytes = 0;
      watch.queue = [];
      return;
    }
    for (const event of watch.queue.splice(0, count)) {
      watch.queuedBytes -= event.bytes;
      this.#queuedBytes -= event.bytes;
    }
  }

  #flushTouched(): void {
    for (const subscriber of this.#touched) subscriber.flush();
    this.#touched.clear();
  }
}
