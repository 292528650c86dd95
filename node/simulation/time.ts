/**
 * Virtual time: nothing happens between two events, so a run jumps from one to the next. Events of
 * the same millisecond run in the order in which they were scheduled, which makes a run a function of
 * its seed.
 *
 * A binary heap of numbers on flat arrays: a run has some 100,000 to 500,000 events, and scheduling one
 * must not make garbage beyond the callback itself.
 */
import assert from 'node:assert/strict';

export type Run = () => void;

/** What `schedule` returns and `cancel` takes. Never 0, so that 0 can stand for "nothing scheduled". */
export type Scheduled = number;

/** Events pending at once. A run that reaches it leaks events; it also lets a handle be one number. */
const PENDING_MAX = 2 ** 20;

export class Time {
  #nowMs = 0;
  #sequence = 0;
  #size = 0;
  /** Slots of pending events, as a binary heap by time, then by handle. */
  #heap = new Int32Array(1024);
  /** By slot. A handle is its sequence number × PENDING_MAX + its slot, so handles grow with time asked. */
  #times = new Float64Array(1024);
  #handles = new Float64Array(1024);
  #runs: (Run | undefined)[] = [];
  #free: number[] = [];

  /** Milliseconds since the run began. */
  get now(): number {
    return this.#nowMs;
  }

  /** Events waiting, cancelled ones included until their time has come. */
  get pending(): number {
    return this.#size;
  }

  /** Runs `run` once, `delayMs` from now, never before this call has returned. */
  schedule(delayMs: number, run: Run): Scheduled {
    assert.ok(delayMs >= 0 && delayMs < Infinity, `a delay of ${delayMs} ms`);
    const slot = this.#free.pop() ?? this.#runs.length;
    if (slot >= this.#heap.length) this.#grow();
    this.#sequence += 1;
    const handle = this.#sequence * PENDING_MAX + slot;
    this.#times[slot] = this.#nowMs + delayMs;
    this.#handles[slot] = handle;
    this.#runs[slot] = run;
    this.#siftUp(this.#size, slot);
    this.#size += 1;
    return handle;
  }

  /** Forgets an event; does nothing when it has run, was cancelled before, or the handle is 0. */
  cancel(scheduled: Scheduled): void {
    const slot = scheduled % PENDING_MAX;
    if (scheduled !== 0 && this.#handles[slot] === scheduled) this.#runs[slot] = undefined;
  }

  /** Runs the next event; false when there is none. */
  step(): boolean {
    return this.#step(Infinity);
  }

  /** Runs every event up to and including `timeMs`, then stands at `timeMs`. */
  runUntil(timeMs: number): void {
    while (this.#step(timeMs)) {
      // Each step is one event.
    }
    if (timeMs > this.#nowMs) this.#nowMs = timeMs;
  }

  #step(limitMs: number): boolean {
    while (this.#size > 0) {
      const slot = this.#heap[0] as number;
      const timeMs = this.#times[slot] as number;
      if (timeMs > limitMs) return false;
      const run = this.#runs[slot];
      this.#removeFirst();
      this.#runs[slot] = undefined;
      this.#handles[slot] = 0;
      this.#free.push(slot);
      if (run === undefined) continue;
      this.#nowMs = timeMs;
      run();
      return true;
    }
    return false;
  }

  #removeFirst(): void {
    this.#size -= 1;
    if (this.#size > 0) this.#siftDown(this.#heap[this.#size] as number);
  }

  #before(slot: number, other: number): boolean {
    const timeMs = this.#times[slot] as number;
    const otherMs = this.#times[other] as number;
    if (timeMs !== otherMs) return timeMs < otherMs;
    return (this.#handles[slot] as number) < (this.#handles[other] as number);
  }

  #siftUp(position: number, slot: number): void {
    const heap = this.#heap;
    let hole = position;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as number;
      if (!this.#before(slot, above)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = slot;
  }

  #siftDown(slot: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(heap[child + 1] as number, heap[child] as number)) child += 1;
      const below = heap[child] as number;
      if (!this.#before(below, slot)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = slot;
  }

  #grow(): void {
    const length = this.#heap.length * 2;
    assert.ok(length <= PENDING_MAX, `more than ${PENDING_MAX} pending events`);
    const heap = new Int32Array(length);
    const times = new Float64Array(length);
    const handles = new Float64Array(length);
    heap.set(this.#heap);
    times.set(this.#times);
    handles.set(this.#handles);
    this.#heap = heap;
    this.#times = times;
    this.#handles = handles;
  }
}
