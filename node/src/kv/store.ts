/**
 * The state machine: keys with their values, changed only by commands, in the order of the log. It is a pure function of
 * what it is handed: the same commands with the same stamps give the same state, replies and digest everywhere.
 *
 *     key ──► PointIndex ──┐
 *     key order (B-tree) ──┼──► one KeyRecord per key, changed in place
 *     CreationOrder ───────┤    (open views get a copy first)
 *     ExpiryHeap ──────────┘
 *
 * Each command that changes something takes the next revision, a transaction as a whole too, and each
 * expired key. No read looks at a clock to judge whether a key is there: a key lives until its expiry is applied.
 */
import assert from 'node:assert/strict';
import type { ChangeListener } from './change-listener.ts';
import { keysNamed, refuseArguments } from './command.ts';
import type { Context, Walk } from './command.ts';
import { growsData, knownCommand } from './commands.ts';
import { CreationOrder } from './creation-order.ts';
import { Deletions } from './deletions.ts';
import { Digest } from './digest.ts';
import type { DigestHistory } from './digest-history.ts';
import { ExpiryHeap } from './expiry-heap.ts';
import { NO_BOUNDS } from './growth.ts';
import type { GrowthBounds } from './growth.ts';
import { INTERNAL } from './internal-codes.ts';
import { keyHash } from './key-hash.ts';
import { emptyKeyOrder } from './key-order.ts';
import type { KeyOrder } from './key-order.ts';
import { KeyRecord, recordOf } from './key-record.ts';
import type { RecordImage } from './key-record.ts';
import { COPIED_BYTES, VIEWS_OPEN_MAX } from './limits.ts';
import { PointIndex } from './point-index.ts';
import { DISK_FULL, OUT_OF_MEMORY } from './refusals.ts';
import type { ErrorReply, Reply } from './reply.ts';
import { SESSION_LIMITS, type SessionLimits } from './session-limits.ts';
import { Sessions } from './sessions.ts';
import { View } from './view.ts';
import type { StoreHeader } from './view.ts';
import { BOUNDED_SINCE } from './version-needed.ts';

/**
 * What a record costs beside its key and value: the object, its places in the indexes, the headers of its
 * strings. Measured on a million keys with Node.js 24.
 */
const RECORD_BYTES = 240;

export class Store {
  readonly sessions: Sessions;
  #points = new PointIndex();
  #ordered: KeyOrder = emptyKeyOrder();
  #order = new CreationOrder();
  #expiry = new ExpiryHeap();
  #deletions = new Deletions();
  #digest = new Digest();
  #views: View[] = [];
  #revision = 0;
  /** The revision that the present command takes if it changes something. */
  #revisionOfChange = 0;
  #createSequence = 0;
  #contentBytes = 0;
  #growth: GrowthBounds = NO_BOUNDS;
  /** Agreed on by the log: see `BOUNDED_SINCE`. Below it commands are executed as by an older release, for one state on all replicas. */
  agreedVersion = BOUNDED_SINCE;
  #work = 0;
  /** What was done before `countWork`. */
  #workBefore = 0;
  #listener: ChangeListener | undefined;

  /** The limits are part of how commands apply: every replica of a cluster has the same. */
  constructor(sessionLimits: SessionLimits = SESSION_LIMITS) {
    // A reply tells who was evicted only when he comes back: the digest tells at once.
    this.sessions = new Sessions(sessionLimits, (id) => this.#digest.mixString(id));
  }

  /** A new store under the same limits, for a snapshot to be restored into. */
  emptyOne(): Store {
    return new Store(this.sessions.limits);
  }

  /** The number of changes so far. */
  get revision(): number {
    return this.#revision;
  }

  /** Number of keys. */
  get size(): number {
    return this.#points.size;
  }

  /** About how much memory the data takes; the same on every replica. */
  get bytes(): number {
    return this.#contentBytes + this.#points.size * RECORD_BYTES;
  }

  /** What the cluster has agreed on about growth. */
  get growth(): GrowthBounds {
    return this.#growth;
  }

  /** Why nothing that makes the data larger is executed now; undefined while it is. */
  get #growthRefusal(): ErrorReply | undefined {
    const { diskFull, quotaBytes } = this.#growth;
    if (diskFull) return DISK_FULL;
    return quotaBytes !== 0 && this.bytes > quotaBytes ? OUT_OF_MEMORY : undefined;
  }

  /**
   * All the work done so far, in units of what changing one key costs (2 to 4 µs). Whoever has a lot of it to do looks
   * here when to let others run.
   */
  get work(): number {
    return this.#workBefore + this.#work;
  }

  /** Begins to count anew: sums of fractions depend on what they are added to, and replicas must agree on this one. */
  countWork(): void {
    this.#workBefore += this.#work;
    this.#work = 0;
  }

  /** Work since `countWork`: the same on every replica for the same commands of the log. */
  get workCounted(): number {
    return this.#work;
  }

  /** Sixteen hexadecimal digits that stand for everything applied so far. */
  get digest(): string {
    return this.#digest.text;
  }

  /** Notes the digest as that of `slot`, which has been applied. */
  noteDigest(slot: number, history: DigestHistory): void {
    history.note(slot, this.#digest);
  }

  /** The next deadline; undefined when no key has one. */
  earliestDeadlineMs(): number | undefined {
    return this.#expiry.first?.expiresAtMs;
  }

  /** The one who hears of each change from now on. */
  tell(listener: ChangeListener): void {
    this.#listener = listener;
  }

  /** Executes a command, of the log or a read. Wrong arguments are answered with an error; an unknown code is our bug. */
  execute(code: number, args: readonly string[], context: Context): Reply {
    const command = knownCommand(code);
    this.#work += 1;
    const refusal = refuseArguments(command, args.length, this.agreedVersion);
    if (refusal !== undefined) return refusal;
    if (command.access === 'read') return command.execute(this, args, context);
    this.#revisionOfChange = this.#revision + 1;
    // In a session the command inside is judged, once it is known that it was not done before.
    const refused = code === INTERNAL.once ? undefined : this.refuseGrowth(code, args);
    const reply = refused ?? command.execute(this, args, context);
    this.#digest.mixReply(reply);
    this.#digest.mix(this.#revision);
    return reply;
  }

  /** Executes a command as part of the present one: its changes share the revision. */
  executeWithin(code: number, args: readonly string[], context: Context): Reply {
    const command = knownCommand(code);
    this.#work += 1;
    return refuseArguments(command, args.length, this.agreedVersion) ?? command.execute(this, args, context);
  }

  /** Why this command is not executed now, since it may make the data larger; undefined when it may be. */
  refuseGrowth(code: number, args: readonly string[]): ErrorReply | undefined {
    const refusal = this.#growthRefusal;
    return refusal !== undefined && growsData(knownCommand(code), args) ? refusal : undefined;
  }

  /** Begins a read that takes many steps: the command has a `walk`. */
  walk(code: number, args: readonly string[]): Walk {
    const { walk } = knownCommand(code);
    assert(walk !== undefined, 'command-is-known: only some commands are executed in steps');
    return walk(this, args);
  }

  /** See `keysNamed` of commands. */
  keysNamed(code: number, argumentCount: number): number {
    return keysNamed(knownCommand(code), argumentCount);
  }

  /** Folds an applied batch into the digest: its slot and a checksum of its bytes. */
  mixBatch(slot: number, checksum: number): void {
    this.#digest.mixInteger(slot);
    this.#digest.mix(checksum);
  }

  /**
   * Deletes keys whose deadline is at the stamp or before it, in order of deadline and key, at most `keysMax`. Each
   * takes a revision. Returns how many went.
   */
  expireDue(stampMs: number, keysMax: number): number {
    let count = 0;
    for (; count < keysMax; count += 1) {
      const record = this.#expiry.first;
      if (record === undefined || record.expiresAtMs > stampMs) break;
      this.#revisionOfChange = this.#revision + 1;
      this.#remove(record, true);
      this.#digest.mix(keyHash(record.key));
      this.#digest.mix(this.#revision);
    }
    return count;
  }

  /** The store as it is now, to be read over many turns. Whoever opens it closes it. */
  openView(): View {
    assert(this.#views.length < VIEWS_OPEN_MAX, 'views-are-closed: whoever opens a view closes it');
    const header: StoreHeader = {
      revision: this.#revision,
      createSequence: this.#createSequence,
      digest: this.#digest.state,
      deletedAllAt: this.#deletions.allAt,
      growth: this.#growth,
      keys: this.#points.size,
    };
    const entries = this.#ordered.clone().entries(undefined, []);
    const view = new View(header, this.#deletions.image(), this.sessions.image(), entries, (closed) => {
      this.#views.splice(this.#views.indexOf(closed), 1);
    });
    this.#views.push(view);
    return view;
  }

  // For commands: reading.

  find(key: string): KeyRecord | undefined {
    return this.#points.get(key);
  }

  /** Records in key order from `key` on. The store must not change while it is being read. */
  from(key: string): IterableIterator<[string, KeyRecord]> {
    return this.#ordered.entries(key);
  }

  /** The same, from the store as it is now, whatever becomes of it: the keys stay, what their records hold does not. */
  fromUnchanging(key: string): IterableIterator<[string, KeyRecord]> {
    return this.#ordered.clone().entries(key);
  }

  /** Accounts for work that the store does not see. */
  spend(units: number): void {
    this.#work += units;
  }

  /** See `CreationOrder`. */
  createdBelow(sequence: number, count: number): KeyRecord[] {
    this.#work += Math.min(count, this.#points.size) / 16;
    return this.#order.below(sequence, count);
  }

  /** The record at a position in the order of creation. */
  createdAt(position: number): KeyRecord | undefined {
    // Blocks of hundreds of records are counted off.
    this.#work += position / 50_000;
    return this.#order.at(position);
  }

  /** Whether an absent key may have been there and deleted since a revision; never wrong when it says no. */
  mayHaveBeenDeletedSince(key: string, revision: number): boolean {
    return this.#deletions.mayFollow(keyHash(key), revision);
  }

  // For commands: changing. Each call is a change, and gives the present command its revision.

  /** Creates or overwrites a key; `expiresAtMs` 0 is no deadline. */
  put(key: string, value: string, expiresAtMs: number): KeyRecord {
    this.#work += 1 + value.length / COPIED_BYTES;
    const present = this.#points.get(key);
    if (present !== undefined) {
      const previous = present.value;
      this.#work += previous.length / COPIED_BYTES;
      this.#overwrite(present, value);
      if (present.expiresAtMs !== expiresAtMs) this.#place(present, expiresAtMs);
      if (this.#listener !== undefined) this.#listener.put(present, previous);
      return present;
    }
    const revision = this.#takeRevision();
    this.#createSequence += 1;
    const record = new KeyRecord(key, value, revision, revision, 1, 0, this.#createSequence);
    this.#points.add(record);
    this.#ordered.set(key, record);
    this.#order.append(record);
    this.#contentBytes += key.length + value.length;
    if (expiresAtMs !== 0) this.#place(record, expiresAtMs);
    if (this.#listener !== undefined) this.#listener.put(record, undefined);
    return record;
  }

  /** Overwrites a value and leaves the deadline as it is. */
  setValue(record: KeyRecord, value: string): void {
    const previous = record.value;
    this.#work += (value.length + previous.length) / COPIED_BYTES;
    this.#overwrite(record, value);
    if (this.#listener !== undefined) this.#listener.put(record, previous);
  }

  /** 0 takes the deadline away. */
  setDeadline(record: KeyRecord, expiresAtMs: number): void {
    this.#touch(record);
    this.#place(record, expiresAtMs);
    if (this.#listener !== undefined) this.#listener.put(record, record.value);
  }

  remove(record: KeyRecord): void {
    this.#work += 1;
    this.#remove(record, false);
  }

  /** Deletes every key; no change when there is none. */
  clear(): void {
    if (this.#points.size === 0) return;
    this.#work += 20;
    this.#deletions.addAll(this.#takeRevision());
    this.#points.clear();
    // A new tree, not a cleared one: open views go on reading the nodes of the old.
    this.#ordered = emptyKeyOrder();
    this.#order.clear();
    this.#expiry.clear();
    this.#contentBytes = 0;
    if (this.#listener !== undefined) this.#listener.cleared(this.#revision);
  }

  /** What the cluster agrees on about growth; no change of the data. */
  setGrowth(bounds: GrowthBounds): void {
    this.#growth = bounds;
  }

  // For restoring from a snapshot, in small steps: the beginning, each record and each deletion, the end.

  /** The store must be new. It is not to be used for anything else before `endRestore`. */
  beginRestore(header: StoreHeader): void {
    assert(this.#revision === 0 && this.#points.size === 0, 'restore-into-new: only a new store is restored');
    this.#revision = header.revision;
    this.#createSequence = header.createSequence;
    this.#digest.restore(header.digest);
    this.#deletions.restoreAllAt(header.deletedAllAt);
    this.#growth = header.growth;
  }

  /** In any order, though a view's order, by keys, is the fastest. */
  restoreRecord(image: RecordImage): void {
    const record = recordOf(image);
    const { key, value, expiresAtMs } = record;
    assert(this.#ordered.set(key, record), 'snapshot-is-whole: a snapshot holds each key once');
    this.#points.add(record);
    this.#order.insert(record);
    if (expiresAtMs !== 0) this.#expiry.place(record);
    this.#contentBytes += key.length + value.length;
  }

  /** A bucket of `DeletionsImage`. */
  restoreDeletion(hash: number, newest: number, others: number): void {
    this.#deletions.restore(hash, newest, others);
  }

  /** `keys` is how many the header promised. */
  endRestore(keys: number): void {
    assert.equal(this.#points.size, keys, 'snapshot-is-whole: a snapshot holds as many records as it says');
  }

  #takeRevision(): number {
    this.#revision = this.#revisionOfChange;
    return this.#revision;
  }

  #remove(record: KeyRecord, expired: boolean): void {
    this.#deletions.add(keyHash(record.key), this.#takeRevision());
    this.#points.remove(record.key);
    this.#ordered.delete(record.key);
    this.#order.remove(record);
    this.#expiry.remove(record);
    this.#contentBytes -= record.key.length + record.value.length;
    if (this.#listener !== undefined) this.#listener.removed(record, this.#revision, expired);
  }

  #overwrite(record: KeyRecord, value: string): void {
    this.#touch(record);
    this.#contentBytes += value.length - record.value.length;
    record.value = value;
  }

  #touch(record: KeyRecord): void {
    for (let index = 0; index < this.#views.length; index += 1) (this.#views[index] as View).keep(record);
    record.modifyRevision = this.#takeRevision();
    record.version += 1;
  }

  #place(record: KeyRecord, expiresAtMs: number): void {
    record.expiresAtMs = expiresAtMs;
    if (expiresAtMs === 0) this.#expiry.remove(record);
    else this.#expiry.place(record);
  }
}
