/**
 * A machine's disk on virtual time, behind the same `Files` as a real one. It survives the processes that
 * mount it, remembers exactly what was synced, and at a crash loses of the rest whatever chance decides.
 *
 * Two crashes: a killed process leaves what it wrote in the kernel's cache, readable but still not
 * durable; a loss of power then (or at once) decides sector by sector. A log that trusts what it reads
 * after a restart, without a sync of its own, is caught by the one following the other.
 */
import assert from 'node:assert/strict';
import type { Done, File, Files } from '../src/storage/files.ts';
import { type Change, Directory } from './directory.ts';
import { Inode, SECTOR_BYTES, totalBytes } from './inode.ts';
import type { DiskMoment, Trigger } from './moment.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';
import type { Trace } from './trace.ts';

export interface DiskOptions {
  /** Every operation takes at least this long; on top comes an exponential share with the mean of its kind. */
  readonly latencyMinMs: number;
  readonly accessMeanMs: number;
  readonly syncMeanMs: number;
  /** Share of operations that stall, and for how long at most. */
  readonly stallProbability: number;
  readonly stallMaxMs: number;
  readonly capacityBytes: number;
  /** A sync of a snapshot's file takes so many times as long: it has far more to write than one of the log's. */
  readonly snapshotSlowness: number;
}

/** From a fast local disk to a busy network volume. */
export function drawDiskOptions(random: Random): DiskOptions {
  return {
    latencyMinMs: random.between(0.01, 0.2),
    accessMeanMs: random.pick([0.02, 0.2, 2]),
    syncMeanMs: random.pick([0.3, 2, 10]),
    stallProbability: random.pick([0, 0.0002, 0.002]),
    stallMaxMs: random.between(200, 2_000),
    capacityBytes: 2 ** 30,
    snapshotSlowness: random.pick([1, 1, 5, 30]),
  };
}

/** What the copying of a large write or read costs: 200 MB/s. */
const BYTES_PER_MS = 200_000;

export type CrashKind = 'kill' | 'power';

export class Disk {
  readonly #time: Time;
  readonly #random: Random;
  readonly #options: DiskOptions;
  readonly #trace: Trace | undefined;
  #directory = new Directory();
  #mount: Mount | undefined;
  /** Every latency is multiplied by it: a slow neighbour, a volume that is being rebuilt. */
  slowness = 1;
  /** Writes that would grow the files beyond it fail with ENOSPC. */
  capacityBytes: number;
  #stalls = true;
  /** The next operation of that kind fails with EIO; the process must not survive that. */
  failNext: 'write' | 'sync' | undefined;
  /** Hears of each write and sync that has been done, before the process does. */
  trigger: Trigger | undefined;
  readonly counts = { writes: 0, syncs: 0, stalls: 0, failures: 0, crashes: 0 };

  constructor(time: Time, random: Random, options: DiskOptions, trace?: Trace) {
    this.#time = time;
    this.#random = random;
    this.#options = options;
    this.#trace = trace;
    this.capacityBytes = options.capacityBytes;
  }

  /** The directory as one process sees it, until `crash`. */
  mount(process: Process): Files {
    assert.ok(this.#mount === undefined, 'a disk is mounted by one process at a time');
    this.#mount = new Mount(this, process);
    return this.#mount;
  }

  /** The process that mounted it is gone, or the whole machine's power. No completion comes after this. */
  crash(kind: CrashKind): void {
    this.counts.crashes += 1;
    this.failNext = undefined;
    this.trigger = undefined;
    this.#mount?.end((file) => this.#tear(file, kind));
    this.#mount = undefined;
    if (kind === 'kill') this.#directory.loseProcess(this.#random);
    else this.#directory.losePower(this.#random);
  }

  /** An empty disk in its place: the volume is lost. */
  wipe(): void {
    assert.ok(this.#mount === undefined, 'a disk is lost while nobody uses it');
    this.#directory = new Directory();
  }

  /** A copy of the volume as it is now, to be put in its place later. */
  copy(): Directory {
    return this.#directory.durableCopy();
  }

  /** The volume goes back in time: `copy` is in its place. */
  rollBack(copy: Directory): void {
    assert.ok(this.#mount === undefined, 'a disk is exchanged while nobody uses it');
    this.#directory = copy.durableCopy();
  }

  /** No faults from here on but the latency that was drawn. */
  calm(): void {
    this.slowness = 1;
    this.capacityBytes = this.#options.capacityBytes;
    this.failNext = undefined;
    this.#stalls = false;
  }
  /**
   * Flips one bit in a synced sector of a file that `accepts` allows. Returns where, or undefined when it
   * found nothing synced.
   */
  corrupt(accepts: (name: string) => boolean = () => true): { name: string; offset: number } | undefined {
    const names = [...this.#directory.names.keys()].filter(accepts).toSorted();
    for (const name of this.#random.shuffle(names)) {
      const inode = this.#directory.names.get(name) as Inode;
      if (inode.size === 0) continue;
      const offset = this.#random.integer(0, inode.size - 1);
      if (inode.flipBit(offset, this.#random.integer(0, 7))) return { name, offset };
    }
    return undefined;
  }

  get usedBytes(): number {
    let bytes = 0;
    for (const inode of this.#directory.names.values()) bytes += inode.size;
    return bytes;
  }

  get snapshotSlowness(): number {
    return this.#options.snapshotSlowness;
  }

  get directory(): Directory {
    return this.#directory;
  }

  /** Milliseconds that an operation which moves `bytes` takes. */
  latencyMs(kind: 'access' | 'sync', bytes: number): number {
    const options = this.#options;
    const meanMs = kind === 'sync' ? options.syncMeanMs : options.accessMeanMs;
    const ordinaryMs = options.latencyMinMs + this.#random.exponential(meanMs) + bytes / BYTES_PER_MS;
    const stalls = this.#random.chance(options.stallProbability);
    if (!stalls || !this.#stalls) return ordinaryMs * this.slowness;
    this.counts.stalls += 1;
    return ordinaryMs * this.slowness + this.#random.between(options.stallMaxMs / 4, options.stallMaxMs);
  }

  schedule(delayMs: number, run: () => void): void {
    this.#time.schedule(delayMs, run);
  }

  /** A write reaches its inode. The operating system's error when it does not. */
  write(inode: Inode, offset: number, chunks: readonly Uint8Array[]): Error | undefined {
    if (this.#fails('write')) return failure('EIO', 'write');
    const growth = offset + totalBytes(chunks) - inode.size;
    if (growth > 0 && this.usedBytes + growth > this.capacityBytes) return failure('ENOSPC', 'write');
    this.counts.writes += 1;
    inode.write(offset, chunks, Infinity);
    return undefined;
  }

  sync(inode: Inode): Error | undefined {
    if (this.#fails('sync')) {
      inode.failSync();
      return failure('EIO', 'fdatasync');
    }
    this.counts.syncs += 1;
    this.#trace?.number(this.#time.now);
    inode.sync();
    return undefined;
  }

  #fails(kind: 'write' | 'sync'): boolean {
    if (this.failNext !== kind) return false;
    this.failNext = undefined;
    this.counts.failures += 1;
    return true;
  }

  /** The write under way is in the cache as far as the process got: to a sector's end, or all of it. */
  #tear(file: SimulatedFile, kind: CrashKind): void {
    const write = file.writeUnderWay;
    if (write === undefined) return;
    const sectors = Math.ceil(totalBytes(write.chunks) / SECTOR_BYTES) + 1;
    const tornBytes = this.#random.integer(0, sectors) * SECTOR_BYTES - (write.offset % SECTOR_BYTES);
    // With the power everything may have got as far as the disk: its sectors are then decided one by one.
    const bytes = kind === 'power' || this.#random.chance(0.5) ? Infinity : Math.max(0, tornBytes);
    file.inode.write(write.offset, write.chunks, bytes);
  }
}

/** What one process does with the disk. */
class Mount implements Files {
  readonly #disk: Disk;
  readonly #process: Process;
  readonly #open = new Set<SimulatedFile>();
  ended = false;

  constructor(disk: Disk, process: Process) {
    this.#disk = disk;
    this.#process = process;
  }

  list(done: Done<string[]>): void {
    this.perform('access', 0, () => {
      const names = [...this.#disk.directory.names.keys()];
      this.complete(() => done(undefined, names));
    });
  }

  create(name: string, done: Done<File>): void {
    const inode = new Inode();
    this.#change({ kind: 'create', name, inode }, (error) => {
      done(error, error === undefined ? this.#file(name, inode) : (undefined as never));
    });
  }

  open(name: string, done: Done<File>): void {
    this.perform('access', 0, () => {
      const inode = this.#disk.directory.names.get(name);
      this.complete(() => {
        if (inode === undefined) done(failure('ENOENT', 'open'), undefined as never);
        else done(undefined, this.#file(name, inode));
      });
    });
  }

  rename(from: string, to: string, done: Done): void {
    this.#change({ kind: 'rename', from, to }, (error) => done(error));
  }

  unlink(name: string, done: Done): void {
    this.#change({ kind: 'unlink', name }, (error) => done(error));
  }

  freeBytes(done: Done<number>): void {
    this.perform('access', 0, () => {
      const bytes = Math.max(0, this.#disk.capacityBytes - this.#disk.usedBytes);
      this.complete(() => done(undefined, bytes));
    });
  }

  syncDirectory(done: Done): void {
    if (this.ended) return;
    const covered = this.#disk.directory.beginSync();
    this.perform('sync', 0, () => {
      this.#disk.directory.endSync(covered);
      this.complete(() => done(undefined));
    });
  }

  end(tear: (file: SimulatedFile) => void): void {
    this.ended = true;
    for (const file of this.#open) tear(file);
  }

  closed(file: SimulatedFile): void {
    this.#open.delete(file);
  }

  /** Runs `effect` after the latency of its kind, unless the process is gone by then. */
  perform(kind: 'access' | 'sync', bytes: number, effect: () => void, factor = 1): void {
    if (this.ended) return;
    this.#disk.schedule(factor * this.#disk.latencyMs(kind, bytes), () => {
      if (!this.ended) effect();
    });
  }

  complete(call: () => void): void {
    this.#process.run(call);
  }

  #change(change: Change, done: (error: Error | undefined) => void): void {
    if (this.ended) return;
    this.#disk.directory.begin(change);
    this.perform('access', 0, () => {
      const code = this.#disk.directory.finish(change);
      this.complete(() => done(code === undefined ? undefined : failure(code, change.kind)));
    });
  }

  #file(name: string, inode: Inode): File {
    const file = new SimulatedFile(this.#disk, this, name, inode);
    this.#open.add(file);
    return file;
  }
}

interface Operation {
  readonly kind: 'access' | 'sync';
  readonly bytes: number;
  readonly moment?: DiskMoment;
  readonly write?: { readonly offset: number; readonly chunks: readonly Uint8Array[] };
  /** Does it, and returns the call that completes it. */
  readonly effect: () => () => void;
}

/** One open file: a queue of operations, of which the first one is under way. */
class SimulatedFile implements File {
  readonly name: string;
  readonly inode: Inode;
  readonly #disk: Disk;
  readonly #mount: Mount;
  readonly #queue: Operation[] = [];

  constructor(disk: Disk, mount: Mount, name: string, inode: Inode) {
    this.#disk = disk;
    this.#mount = mount;
    this.name = name;
    this.inode = inode;
  }

  get writeUnderWay(): Operation['write'] {
    return this.#queue[0]?.write;
  }

  size(done: Done<number>): void {
    this.#look(0, () => this.inode.size, done);
  }

  read(offset: number, length: number, done: Done<Uint8Array>): void {
    this.#look(length, () => this.inode.read(offset, length), done);
  }

  readInto(offset: number, target: Uint8Array, done: Done<number>): void {
    const fill = (): number => {
      const bytes = this.inode.read(offset, target.length);
      target.set(bytes);
      return bytes.length;
    };
    this.#look(target.length, fill, done);
  }

  write(offset: number, chunks: readonly Uint8Array[], done: Done): void {
    const effect = () => {
      const error = this.#disk.write(this.inode, offset, chunks);
      return () => done(error);
    };
    const write = { offset, chunks };
    this.#ask({ kind: 'access', bytes: totalBytes(chunks), effect, moment: 'written', write });
  }

  sync(done: Done): void {
    const effect = () => {
      const error = this.#disk.sync(this.inode);
      return () => done(error);
    };
    this.#ask({ kind: 'sync', bytes: 0, effect, moment: 'synced' });
  }

  close(done: Done): void {
    const effect = () => {
      this.#mount.closed(this);
      return () => done(undefined);
    };
    this.#ask({ kind: 'access', bytes: 0, effect });
  }

  #look<T>(bytes: number, look: () => T, done: Done<T>): void {
    const effect = () => {
      const value = look();
      return () => done(undefined, value);
    };
    this.#ask({ kind: 'access', bytes, effect });
  }

  #ask(operation: Operation): void {
    if (this.#mount.ended) return;
    this.#queue.push(operation);
    if (this.#queue.length === 1) this.#begin();
  }

  #begin(): void {
    const operation = this.#queue[0];
    if (operation === undefined) return;
    const effect = (): void => {
      const completed = operation.effect();
      this.#queue.shift();
      if (operation.moment !== undefined) this.#disk.trigger?.note(operation.moment);
      this.#begin();
      this.#mount.complete(completed);
    };
    const isSlow = operation.kind === 'sync' && this.name.startsWith('snapshot');
    this.#mount.perform(operation.kind, operation.bytes, effect, isSlow ? this.#disk.snapshotSlowness : 1);
  }
}

function failure(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} on the simulated disk`), { code, syscall });
}
