/**
 * Chance, from a seed. Every part of the world draws from a stream of its own, named by a path below
 * the seed (`42/network`): a draw added in one place leaves all other streams as they were, so a
 * recorded seed keeps most of its meaning while the simulator changes.
 *
 * The generator is sfc32 (Chris Doty-Humphrey's "Small Fast Counting" family): 128 bits of state,
 * 32-bit operations only, which is what JavaScript computes fastest.
 */
import assert from 'node:assert/strict';

export class Random {
  /** Where this stream hangs: the seed and the labels of the forks that led here. */
  readonly path: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The same seed gives the same stream, for ever. */
  constructor(seed: number | string) {
    this.path = String(seed);
    this.#a = hash(this.path, 0x9e3779b9);
    this.#b = hash(this.path, 0x85ebca6b);
    this.#c = hash(this.path, 0xc2b2ae35);
    // sfc32 needs a dozen steps before every bit of the seed has reached every bit of the state.
    for (let step = 0; step < 12; step += 1) this.bits();
  }

  /** A stream of its own, the same for the same label however much has been drawn from this one. */
  fork(label: string | number): Random {
    return new Random(`${this.path}/${label}`);
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    assert.ok(Number.isInteger(min) && Number.isInteger(max) && min <= max, `no integer in ${min}..${max}`);
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** Uniform in [min, max). */
  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** True with the given probability. Draws even when the answer is certain: the stream keeps its pace. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    assert.ok(choices.length > 0, 'nothing to pick from');
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  /** Exponentially distributed: the time between events that know nothing of each other. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** A new array with the same elements in random order. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let index = shuffled.length - 1; index > 0; index -= 1) {
      const other = this.integer(0, index);
      const item = shuffled[index] as T;
      shuffled[index] = shuffled[other] as T;
      shuffled[other] = item;
    }
    return shuffled;
  }
}

/** FNV-1a over the text's code units from a given basis, finished with murmur3's avalanche. */
function hash(text: string, basis: number): number {
  let bits = basis;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
