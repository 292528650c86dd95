/**
 * What lies between two places of the simulated network: a link, its two directions, and in each of them
 * a lane for ordinary frames and one for bulk. Only `network.ts` changes any of it.
 */
import type { Scheduled } from './time.ts';

/** A pair of places. A generation is one connection; frames belong to the one on which they were sent. */
export interface Link {
  generation: number;
  connected: boolean;
  connecting: Scheduled;
}

export interface Frame {
  readonly path: Path;
  readonly lane: Lane;
  readonly generation: number;
  /** Counts the frames of its lane, to see overtaking. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export interface Lane {
  readonly bulk: boolean;
  /** Under way and not yet taken by the receiver, of the present generation. */
  inFlight: number;
  sentNumber: number;
  takenNumber: number;
  /** No frame arrives before this when order is kept. */
  lastArrivalMs: number;
  /** Bulk: when the bandwidth is free again. */
  freeMs: number;
  held: Frame[];
  /** The held frames are about to be let go: arrivals queue behind them. */
  releasing: boolean;
}

export interface Path {
  readonly from: number;
  readonly to: number;
  readonly link: Link;
  cuts: number;
  clogs: number;
  readonly lanes: readonly [ordinary: Lane, bulk: Lane];
}

export function newLane(bulk: boolean): Lane {
  return {
    bulk,
    inFlight: 0,
    sentNumber: 0,
    takenNumber: 0,
    lastArrivalMs: 0,
    freeMs: 0,
    held: [],
    releasing: false,
  };
}

/** A new connection starts with empty queues. Returns the number of frames that are lost by it. */
export function resetLane(lane: Lane): number {
  const lost = lane.held.length;
  lane.inFlight = 0;
  lane.lastArrivalMs = 0;
  lane.freeMs = 0;
  lane.held = [];
  return lost;
}
