import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Done, File, Files } from '../src/storage/files.ts';
import { type CrashKind, Disk, type DiskOptions } from './disk.ts';
import { SECTOR_BYTES } from './inode.ts';
import { Process } from './process.ts';
import { Random } from './random.ts';
import { Time } from './time.ts';

const OPTIONS: DiskOptions = {
  latencyMinMs: 0.1,
  accessMeanMs: 1,
  syncMeanMs: 5,
  stallProbability: 0,
  stallMaxMs: 1000,
  snapshotSlowness: 1,
  capacityBytes: 2 ** 20,
};

/** A machine with a disk, driven step by step. */
class Machine {
  readonly time = new Time();
  readonly disk: Disk;
  process = new Process(this.time);
  files: Files;

  constructor(seed: number, options = OPTIONS) {
    this.disk = new Disk(this.time, new Random(seed), options);
    this.files = this.disk.mount(this.process);
  }

  /** Runs virtual time until the operation has completed. */
  wait<T>(begin: (done: Done<T>) => void): T {
    const outcomes: { readonly error: Error | undefined; readonly value: T }[] = [];
    begin((error, value) => outcomes.push({ error, value }));
    while (outcomes.length === 0) assert.ok(this.time.step(), 'the operation never completes');
    const [{ error, value }] = outcomes as [(typeof outcomes)[0]];
    if (error) throw error;
    return value;
  }

  create(name: string): File {
    return this.wait<File>((done) => this.files.create(name, done));
  }

  write(file: File, offset: number, bytes: Uint8Array): void {
    this.wait<void>((done) => file.write(offset, [bytes], done));
  }

  sync(file: File): void {
    this.wait<void>((done) => file.sync(done));
  }

  syncDirectory(): void {
    this.wait<void>((done) => this.files.syncDirectory(done));
  }

  /** Ends the process one way or the other and starts the next one. */
  crash(kind: CrashKind): void {
    this.process.end();
    this.disk.crash(kind);
    this.process = new Process(this.time);
    this.files = this.disk.mount(this.process);
  }

  names(): string[] {
    return this.wait<string[]>((done) => this.files.list(done)).toSorted();
  }

  contents(name: string): Uint8Array {
    const file = this.wait<File>((done) => this.files.open(name, done));
    const size = this.wait<number>((done) => file.size(done));
    return this.wait<Uint8Array>((done) => file.read(0, size, done));
  }
}

const filled = (count: number, byte: number): Uint8Array => new Uint8Array(count * SECTOR_BYTES).fill(byte);

const refuse = (): void => assert.fail('a completion after the crash');

/** What each sector of a file holds: its byte, or -1 when a sector holds more than one. */
function sectors(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let start = 0; start < bytes.length; start += SECTOR_BYTES) {
    const sector = bytes.subarray(start, start + SECTOR_BYTES);
    found.push(sector.every((byte) => byte === sector[0]) ? (sector[0] ?? -1) : -1);
  }
  return found;
}

test('what was synced survives every crash', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const machine = new Machine(seed);
    const file = machine.create('a');
    machine.write(file, 0, filled(8, 1));
    machine.sync(file);
    machine.syncDirectory();
    machine.crash(seed % 2 === 0 ? 'power' : 'kill');
    machine.crash('power');
    assert.deepEqual(machine.contents('a'), filled(8, 1));
  }
});

test('a loss of power leaves each sector that was not synced old or new, independently', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const machine = new Machine(seed);
    const file = machine.create('a');
    machine.write(file, 0, filled(4, 1));
    machine.sync(file);
    machine.syncDirectory();
    machine.write(file, SECTOR_BYTES, filled(2, 2));
    machine.crash('power');
    const found = sectors(machine.contents('a'));
    assert.equal(found[0], 1);
    assert.equal(found[3], 1);
    assert.ok(found.every((byte) => byte === 1 || byte === 2));
    seen.add(found.join());
    // What came out of the crash is durable now.
    machine.crash('power');
    assert.deepEqual(sectors(machine.contents('a')), found);
  }
  assert.deepEqual([...seen].toSorted(), ['1,1,1,1', '1,1,2,1', '1,2,1,1', '1,2,2,1']);
});

test('a file that grew without a sync ends anywhere between its two lengths, lost sectors as zeros', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 300; seed += 1) {
    const machine = new Machine(seed);
    const file = machine.create('a');
    machine.write(file, 0, filled(1, 1));
    machine.sync(file);
    machine.syncDirectory();
    machine.write(file, SECTOR_BYTES, filled(2, 2));
    machine.crash('power');
    seen.add(sectors(machine.contents('a')).join());
  }
  assert.deepEqual([...seen].toSorted(), ['1', '1,0,0', '1,0,2', '1,2', '1,2,0', '1,2,2']);
});

test('a write under way at a crash may be torn, and its completion never comes', () => {
  for (const kind of ['power', 'kill'] as const) {
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed += 1) {
      const machine = new Machine(seed);
      const file = machine.create('a');
      machine.write(file, 0, filled(2, 1));
      machine.sync(file);
      machine.syncDirectory();
      file.write(0, [filled(2, 2)], refuse);
      file.write(0, [filled(2, 3)], refuse);
      machine.crash(kind);
      file.write(0, [filled(2, 4)], refuse);
      file.sync(refuse);
      machine.time.runUntil(machine.time.now + 1000);
      seen.add(sectors(machine.contents('a')).join());
    }
    const expected = kind === 'power' ? ['1,1', '1,2', '2,1', '2,2'] : ['1,1', '2,1', '2,2'];
    assert.deepEqual([...seen].toSorted(), expected, kind);
  }
});

test('a killed process leaves what it wrote, and only a sync makes it durable', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed += 1) {
    const machine = new Machine(seed);
    const file = machine.create('a');
    machine.syncDirectory();
    machine.write(file, 0, filled(1, 7));
    machine.crash('kill');
    assert.deepEqual(sectors(machine.contents('a')), [7]);
    machine.crash('power');
    seen.add(sectors(machine.contents('a')).join());
  }
  assert.deepEqual([...seen].toSorted(), ['', '0', '7']);
});

test('changes of the directory that no sync covered survive as a first part of them', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const machine = new Machine(seed);
    const old = machine.create('snapshot');
    machine.write(old, 0, filled(1, 1));
    machine.sync(old);
    machine.syncDirectory();
    const file = machine.create('part');
    machine.write(file, 0, filled(1, 2));
    machine.sync(file);
    machine.wait<void>((done) => machine.files.rename('part', 'snapshot', done));
    machine.create('next');
    machine.crash('power');
    seen.add(`${machine.names().join()}=${sectors(machine.contents('snapshot')).join()}`);
  }
  assert.deepEqual([...seen].toSorted(), ['next,snapshot=2', 'part,snapshot=1', 'snapshot=1', 'snapshot=2']);
});

test('a sync of the directory covers what had completed when it was asked for', () => {
  let lost = 0;
  for (let seed = 0; seed < 100; seed += 1) {
    const machine = new Machine(seed);
    machine.create('early');
    machine.files.create('late', () => undefined);
    machine.syncDirectory();
    machine.crash('power');
    const names = machine.names();
    assert.ok(names.includes('early'));
    if (!names.includes('late')) lost += 1;
  }
  assert.ok(lost > 10 && lost < 90, `lost ${lost} of 100`);
});

test('a failed sync leaves pages that no later sync writes, unless they are written again', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed += 1) {
    const machine = new Machine(seed);
    let file = machine.create('a');
    machine.write(file, 0, filled(2, 1));
    machine.sync(file);
    machine.syncDirectory();
    machine.write(file, 0, filled(2, 2));
    machine.disk.failNext = 'sync';
    assert.throws(() => machine.sync(file), { code: 'EIO' });
    if (seed % 2 === 0) machine.crash('kill');
    file = machine.wait<File>((done) => machine.files.open('a', done));
    assert.deepEqual(sectors(machine.contents('a')), [2, 2]);
    machine.write(file, 0, filled(1, 3));
    machine.sync(file);
    machine.crash('power');
    seen.add(sectors(machine.contents('a')).join());
  }
  assert.deepEqual([...seen].toSorted(), ['3,1', '3,2']);
});

test('a full disk refuses growth with ENOSPC, takes overwrites, and unlink makes room', () => {
  const machine = new Machine(1, { ...OPTIONS, capacityBytes: 4 * SECTOR_BYTES });
  const file = machine.create('a');
  machine.write(file, 0, filled(4, 1));
  assert.throws(() => machine.write(file, 4 * SECTOR_BYTES, filled(1, 1)), { code: 'ENOSPC' });
  machine.write(file, 0, filled(4, 2));
  machine.wait<void>((done) => machine.files.unlink('a', done));
  machine.write(machine.create('b'), 0, filled(4, 3));
  assert.deepEqual(sectors(machine.contents('b')), [3, 3, 3, 3]);
});

test('corrupt() flips one bit of a synced sector, and finds nothing else to flip', () => {
  const machine = new Machine(1);
  const file = machine.create('a');
  machine.write(file, 0, filled(2, 0));
  assert.equal(machine.disk.corrupt(), undefined);
  machine.sync(file);
  machine.syncDirectory();
  assert.equal(
    machine.disk.corrupt((name) => name === 'b'),
    undefined,
  );
  const where = machine.disk.corrupt();
  assert.ok(where);
  const changed = machine.contents('a').map((byte) => (byte === 0 ? 0 : 1));
  assert.deepEqual(
    [...changed].flatMap((byte, offset) => (byte === 1 ? [offset] : [])),
    [where.offset],
  );
});

test('wipe() leaves an empty disk', () => {
  const machine = new Machine(1);
  const file = machine.create('a');
  machine.sync(file);
  machine.syncDirectory();
  machine.process.end();
  machine.disk.crash('power');
  machine.disk.wipe();
  machine.process = new Process(machine.time);
  machine.files = machine.disk.mount(machine.process);
  assert.deepEqual(machine.names(), []);
});

test('completions of a paused process wait, and its disk goes on', () => {
  const machine = new Machine(1);
  const file = machine.create('a');
  machine.process.pause();
  let completed = 0;
  file.write(0, [filled(1, 1)], () => {
    completed += 1;
  });
  file.sync(() => {
    completed += 1;
  });
  machine.time.runUntil(1000);
  assert.equal(completed, 0);
  assert.equal(machine.disk.counts.syncs, 1);
  machine.process.resume();
  assert.equal(completed, 2);
});

/** Writes, crashes, and tells all that chance decided. */
function course(seed: number): string {
  const machine = new Machine(seed, { ...OPTIONS, stallProbability: 0.1 });
  const times: number[] = [];
  for (const name of ['a', 'b', 'c']) {
    machine.write(machine.create(name), 0, filled(5, 1));
    times.push(machine.time.now);
  }
  machine.crash('power');
  return `${times.join()} ${machine.names().join()} ${machine.disk.usedBytes}`;
}

test('one seed gives one course of events', () => {
  assert.equal(course(5), course(5));
  assert.notEqual(course(5), course(6));
});
