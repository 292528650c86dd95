import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ballot, BALLOT_NONE, compareBallots, type Slot } from '../src/paxos/ballot.ts';
import type { Entry } from '../src/paxos/entry.ts';
import type { Done } from '../src/storage/files.ts';
import { Log } from '../src/storage/log.ts';
import type { Recovered } from '../src/storage/log-options.ts';
import { Snapshots } from '../src/storage/snapshots.ts';
import { Disk, drawDiskOptions } from './disk.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';

const CLUSTER = '00112233445566778899aabbccddeeff';
const SEGMENT_BYTES = 4 * 1024;
const LIVES = 6;

/** What the log was given and has told to be on disk: what may never be forgotten. */
interface Told {
  promised: Ballot;
  /** By slot, what was given last. */
  readonly accepted: Map<Slot, string>;
}

/** One replica's directory over several lives, each cut off at some event of its disk. */
class Story {
  readonly #random: Random;
  readonly #time = new Time();
  readonly #disk: Disk;
  #process = new Process(this.#time);
  readonly #told: Told = { promised: BALLOT_NONE, accepted: new Map() };
  /** By slot: everything that was ever given for it. */
  readonly #given = new Map<Slot, Set<string>>();
  #promised: Ballot = BALLOT_NONE;
  #chosen: Slot = 0;
  #last: Slot = 0;
  removedFiles = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    const options = { ...drawDiskOptions(this.#random.fork('options')), stallProbability: 0 };
    this.#disk = new Disk(this.#time, this.#random.fork('disk'), options);
  }

  run(): void {
    for (let life = 0; life < LIVES; life += 1) {
      this.#live(this.#random.integer(1, this.#random.pick([40, 400, 2_000])));
      this.#process.end();
      this.#disk.crash(this.#random.pick(['kill', 'power']));
      this.#process = new Process(this.#time);
    }
    this.#live(Number.POSITIVE_INFINITY);
  }

  /** Ends after so many events, wherever the log and the snapshots are then. */
  #live(events: number): void {
    const files = this.#disk.mount(this.#process);
    const budget = { left: events };
    const wait = <T>(begin: (done: Done<T>) => void): T | undefined => {
      const outcomes: { readonly error: Error | undefined; readonly value: T }[] = [];
      begin((error, value) => outcomes.push({ error, value }));
      while (outcomes.length === 0 && budget.left > 0) {
        budget.left -= 1;
        assert.ok(this.#time.step(), 'the operation never completes');
      }
      const [outcome] = outcomes;
      if (outcome?.error !== undefined) throw outcome.error;
      return outcome?.value;
    };
    const snapshots = wait<Snapshots>((done) => Snapshots.open(files, done));
    if (snapshots === undefined) return;
    const coveredThrough = snapshots.newest?.slot ?? 0;
    const options = {
      segmentBytes: SEGMENT_BYTES,
      coveredThrough,
      drawReplicaId: () => 7,
      fatal: (error: Error): void => {
        throw error;
      },
    };
    const opened = wait<{ log: Log; recovered: Recovered }>((done) => Log.open(files, options, done));
    if (opened === undefined) return;
    const { log, recovered } = opened;
    this.#check(recovered, coveredThrough);
    const content = wait<Uint8Array>((done) => {
      if (coveredThrough === 0) done(undefined, contentOf(0));
      else {
        const target = new Uint8Array(1_000_000);
        snapshots.readInto(coveredThrough, 0, target, (error, bytes) =>
          done(error, target.subarray(0, bytes)),
        );
      }
    });
    if (content !== undefined) assert.deepEqual(Buffer.from(content), contentOf(coveredThrough));
    for (let slot = coveredThrough + 1; slot <= recovered.chosen;) {
      const entries = wait<Entry[]>((done) => log.read(slot, recovered.chosen, 10_000, done));
      if (entries === undefined) return;
      for (const entry of entries) assert.ok(this.#given.get(entry.slot)?.has(textOf(entry)));
      slot += entries.length;
    }
    this.#promised = recovered.promised;
    for (let round = 0; round < 400 && budget.left > 0; round += 1) {
      if (round === 0) log.append({ kind: 'joined', cluster: CLUSTER });
      this.#append(log);
      if (this.#random.chance(0.3)) {
        wait<void>((done) => {
          this.#tellWhenDurable(log, done);
        });
      }
      if (this.#random.chance(0.03)) this.#compact(log, snapshots, wait);
    }
    if (budget.left === Number.POSITIVE_INFINITY) {
      wait<void>((done) => snapshots.removeOlder(undefined, done));
      wait<void>((done) => log.close(done));
      wait<void>((done) => snapshots.close(done));
      const names = wait<string[]>((done) => files.list(done)) ?? [];
      this.removedFiles = names.includes('log-000000000001') ? 0 : 1;
      assert.ok(names.filter((name) => name.startsWith('snapshot-')).length <= 1);
    }
  }

  #check(recovered: Recovered, covered: Slot): void {
    const { promised, accepted } = this.#told;
    assert.ok(compareBallots(recovered.promised, promised) >= 0, 'the promise is forgotten');
    if (this.#last > 0 && accepted.size > 0) assert.equal(recovered.cluster, CLUSTER);
    assert.ok(recovered.chosen >= covered);
    assert.ok(recovered.chosen <= Math.max(covered, this.#chosen));
    const held = new Map(recovered.entries.map((entry) => [entry.slot, textOf(entry)]));
    for (const slot of accepted.keys()) {
      if (slot <= recovered.chosen) continue;
      const text = held.get(slot);
      assert.ok(text !== undefined && this.#given.get(slot)?.has(text), `slot ${slot} is forgotten`);
    }
    this.#chosen = recovered.chosen;
    this.#last = recovered.entries.at(-1)?.slot ?? recovered.chosen;
  }

  #append(log: Log): void {
    const what = this.#random.integer(0, 19);
    if (what === 0) {
      this.#promised = { round: this.#promised.round + 1, replica: 7 };
      log.append({ kind: 'promise', ballot: this.#promised });
      // A new ballot begins behind what is chosen.
      this.#last = this.#chosen;
    } else if (what < 4 && this.#chosen < this.#last) {
      this.#chosen = this.#random.integer(this.#chosen, this.#last);
      log.append({ kind: 'chosen', slot: this.#chosen });
    } else {
      this.#last += 1;
      const text = `${this.#last} in ${this.#promised.round} `.padEnd(this.#random.integer(20, 900), 'x');
      const given = this.#given.get(this.#last) ?? new Set();
      this.#given.set(this.#last, given.add(text));
      const value = { kind: 'commands', bytes: Buffer.from(text) } as const;
      log.append({ kind: 'entry', entry: { slot: this.#last, ballot: this.#promised, value } });
    }
  }

  #tellWhenDurable(log: Log, done: Done): void {
    const promised = this.#promised;
    const last = this.#last;
    const chosen = this.#chosen;
    log.whenDurable(() => {
      this.#told.promised = promised;
      for (let slot = chosen + 1; slot <= last; slot += 1) this.#told.accepted.set(slot, '');
      done(undefined);
    });
    log.flush();
  }

  #compact(log: Log, snapshots: Snapshots, wait: <T>(begin: (done: Done<T>) => void) => T | undefined): void {
    const slot = this.#chosen;
    if (slot <= (snapshots.newest?.slot ?? 0)) return;
    const part = wait<Parameters<Snapshots['publish']>[0]>((done) => snapshots.create(slot, done));
    if (part === undefined) return;
    const content = contentOf(slot);
    for (let offset = 0; offset < content.length; offset += 700) {
      const isWritten = wait<true>((done) =>
        part.write(offset, content.subarray(offset, offset + 700), (error) => done(error, true)),
      );
      if (isWritten === undefined) return;
    }
    const isPublished = wait<true>((done) => snapshots.publish(part, (error) => done(error, true)));
    if (isPublished === undefined) return;
    log.dropThrough(slot, this.#random.pick([0, 5_000, 20_000]));
    if (this.#random.chance(0.5)) wait<void>((done) => snapshots.removeOlder(undefined, done));
  }
}

function contentOf(slot: Slot): Buffer {
  return slot === 0 ? Buffer.alloc(0) : Buffer.alloc(100 + ((slot * 37) % 3_000), `state at ${slot};`);
}

function textOf(entry: Entry): string {
  return entry.value.kind === 'commands' ? Buffer.from(entry.value.bytes).toString() : entry.value.kind;
}

test('a log that loses its oldest segments to snapshots forgets no promise and no vote, wherever it crashes', () => {
  let removed = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    try {
      const story = new Story(seed);
      story.run();
      removed += story.removedFiles;
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  assert.ok(removed > 75, `segments were removed in ${removed} stories`);
});
