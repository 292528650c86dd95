/**
 * The moments between the parts of a step: a frame has just left that speaks for what is on disk, or
 * should be; a write is in the cache and not synced; a sync has ended and nobody was told. A process
 * that ends at one of them shows whether the parts have the right order.
 */
import type { Random } from './random.ts';

/** How frames begin, by the number of their kind on the wire. */
const FRAMES = new Map([
  [3, 'prepare'],
  [4, 'promise'],
  [6, 'accept'],
  [7, 'accepted'],
  [8, 'heartbeat'],
  [9, 'heartbeatReply'],
] as const);

export type SentKind = typeof FRAMES extends Map<number, infer Kind> ? Kind : never;
export type DiskMoment = 'written' | 'synced';
export type MomentKind = SentKind | DiskMoment;

export interface Moment {
  readonly kind: MomentKind;
  /** How many of the kind are let pass first. */
  readonly after: number;
}

/** Rare frames at once, frequent ones some time later, so that each has its turn. */
export function drawMoment(random: Random): Moment {
  const kind = random.pick([
    'prepare',
    'promise',
    'accept',
    'accepted',
    'accepted',
    'heartbeat',
    'heartbeatReply',
    'written',
    'synced',
  ] as const);
  const rare = kind === 'prepare' || kind === 'promise';
  return { kind, after: rare ? 0 : random.integer(0, random.pick([0, 5, 50])) };
}

/** Undefined for kinds that speak for nothing. */
export function sentKind(frame: Uint8Array): SentKind | undefined {
  return FRAMES.get(frame[0] as 3);
}

/** Waits for a moment, and calls once. */
export class Trigger {
  readonly #kind: MomentKind;
  readonly #call: () => void;
  #left: number;

  constructor(moment: Moment, call: () => void) {
    this.#kind = moment.kind;
    this.#left = moment.after;
    this.#call = call;
  }

  /** Something of the kind has happened. True when this was the moment. */
  note(kind: MomentKind): boolean {
    if (kind !== this.#kind || this.#left < 0) return false;
    this.#left -= 1;
    if (this.#left >= 0) return false;
    this.#call();
    return true;
  }
}
