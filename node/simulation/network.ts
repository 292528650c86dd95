/**
 * The links between the replicas of a run: connections on virtual time, with every fault that the seed asks
 * for. Places are numbered from 0 and keep their paths (delay, cuts, clogs); who lives at a place may change.
 *
 * ```
 *   Link (a pair of places)   generation: which connection it is; a new one is a new generation
 *     View (one side of it)   what this side believes: up or not, and of which generation
 *   Path (one direction)      cuts, clogs
 *     Lane (ordinary, bulk)   frames under way, order, what is held
 * ```
 *
 * A link may be broken long before a side hears of it: what that side sends meanwhile is lost, though
 * `send` says true. Frames of an older generation never arrive on a newer one; those of a crashed
 * sender still do until the receiver hears that the link is down.
 */
import assert from 'node:assert/strict';
import type { LinkListener, Links } from '../src/link/links.ts';
import type { ReplicaId } from '../src/paxos/ballot.ts';
import { type NetworkCounts, type NetworkOptions, noCounts } from './network-options.ts';
import { type Frame, type Lane, type Link, type Path, newLane, resetLane } from './path.ts';
import type { Process } from './process.ts';
import type { Random } from './random.ts';
import type { Scheduled, Time } from './time.ts';
import type { Trace } from './trace.ts';

/** How soon a side learns that its link broke: a reset is heard in milliseconds, silence only by waiting. */
export type Notice = 'soon' | 'late' | 'never';

interface View {
  readonly peer: ReplicaId;
  readonly generation: number;
  up: boolean;
  /** The notice on its way to this side, that the link is up or down; 0 for none. */
  notice: Scheduled;
}

interface Endpoint {
  readonly place: number;
  readonly id: ReplicaId;
  readonly process: Process;
  readonly listener: LinkListener;
  /** By place of the peer. */
  readonly views: (View | undefined)[];
  readonly placeOf: Map<ReplicaId, number>;
}

/** Late notices: after the keepalive of a real link, a few missed pings. */
const LATE_NOTICE_MIN_MS = 1_000;
const LATE_NOTICE_MAX_MS = 5_000;

export class Network {
  readonly counts: NetworkCounts = noCounts();
  readonly placeCount: number;
  #time: Time;
  #random: Random;
  #trace: Trace | undefined;
  #options: NetworkOptions;
  #paths: Path[] = [];
  #endpoints: (Endpoint | undefined)[];

  constructor(time: Time, random: Random, placeCount: number, options: NetworkOptions, trace?: Trace) {
    this.#time = time;
    this.#random = random;
    this.#trace = trace;
    this.#options = options;
    this.placeCount = placeCount;
    this.#endpoints = Array.from({ length: placeCount });
    for (let from = 0; from < placeCount; from += 1) {
      for (let to = 0; to < placeCount; to += 1) {
        const link: Link =
          to < from
            ? this.#path(to, from).link // Both directions are one link.
            : { generation: 0, connected: false, connecting: 0 };
        this.#paths.push({ from, to, link, cuts: 0, clogs: 0, lanes: [newLane(false), newLane(true)] });
      }
    }
  }

  get options(): NetworkOptions {
    return this.#options;
  }

  /** A replica starts at a place; links to all others come up by and by. Ends with `detach`. */
  attach(process: Process, place: number, id: ReplicaId, listener: LinkListener): Links {
    assert.ok(this.#endpoints[place] === undefined, `place ${place} is taken`);
    const views = Array.from<View | undefined>({ length: this.placeCount });
    const endpoint: Endpoint = { place, id, process, listener, views, placeOf: new Map() };
    this.#endpoints[place] = endpoint;
    for (let other = 0; other < this.placeCount; other += 1) this.#tryConnect(place, other);
    return {
      send: (peer, frame) => this.#send(endpoint, peer, frame, 0),
      sendBulk: (peer, frame, sent) => {
        if (!this.#send(endpoint, peer, frame, 1)) return false;
        if (sent !== undefined) process.after(0, sent);
        return true;
      },
      roundTripMs: () => undefined,
    };
  }

  /** The process at a place is gone: killed ('soon': the kernel resets its links) or without power. */
  detach(place: number, notice: Notice): void {
    const endpoint = this.#endpoints[place];
    assert.ok(endpoint, `nobody at place ${place}`);
    this.#endpoints[place] = undefined;
    for (const view of endpoint.views) {
      if (view !== undefined) this.#time.cancel(view.notice);
    }
    for (let other = 0; other < this.placeCount; other += 1) this.#break(place, other, notice);
  }

  /** Nothing passes from one place to the other until `mend`, called as often as `cut`. Nobody is told. */
  cut(from: number, to: number): void {
    this.#path(from, to).cuts += 1;
  }

  mend(from: number, to: number): void {
    const path = this.#path(from, to);
    assert.ok(path.cuts > 0, `path ${from}-${to} is not cut`);
    path.cuts -= 1;
    this.#release(path);
    this.#tryConnect(from, to);
  }

  isCut(from: number, to: number): boolean {
    return this.#path(from, to).cuts > 0;
  }

  /** Everything from one place to the other waits for `durationMs`, then comes all at once. */
  clog(from: number, to: number, durationMs: number): void {
    const path = this.#path(from, to);
    path.clogs += 1;
    this.#time.schedule(durationMs, () => {
      if (path.clogs === 0) return; // calm() was faster.
      path.clogs -= 1;
      this.#release(path);
      this.#tryConnect(from, to);
    });
  }

  /** Breaks the link of two places: what is under way is lost, each side hears of it in its time. */
  reset(a: number, b: number, notice: Notice): void {
    this.#break(a, b, notice);
  }

  /** All faults end for good: cuts and clogs, loss, duplicates, overtaking. Delays stay as drawn. */
  calm(): void {
    this.#options = { ...this.#options, lossProbability: 0, duplicateProbability: 0, reorders: false };
    for (const path of this.#paths) {
      path.cuts = 0;
      path.clogs = 0;
      this.#release(path);
      this.#tryConnect(path.from, path.to);
    }
  }

  #path(from: number, to: number): Path {
    const path = this.#paths[from * this.placeCount + to];
    assert.ok(path, `no path ${from}-${to}`);
    return path;
  }

  // Frames.

  #send(sender: Endpoint, peer: ReplicaId, bytes: Uint8Array, laneIndex: 0 | 1): boolean {
    if (sender.process.ended) return false;
    const place = sender.placeOf.get(peer);
    if (place === undefined) return false;
    const view = sender.views[place];
    if (!view?.up) return false;
    const path = this.#path(sender.place, place);
    const lane = path.lanes[laneIndex];
    if (lane.inFlight >= this.#options.capacityFrames) {
      this.counts.refused += 1;
      return false;
    }
    this.counts.sent += 1;
    const lost = this.#random.chance(this.#options.lossProbability);
    const twice = this.#random.chance(this.#options.duplicateProbability);
    const broken = !path.link.connected || path.link.generation !== view.generation;
    if (broken || lost || (path.cuts > 0 && this.#options.cutLoses)) {
      this.counts.lost += 1;
      return true;
    }
    lane.sentNumber += 1;
    this.#dispatch(path, lane, bytes, 0);
    if (twice) {
      this.counts.duplicated += 1;
      const late = this.#options.reorders ? this.#random.exponential(this.#options.duplicateLateMeanMs) : 0;
      this.#dispatch(path, lane, bytes, late);
    }
    return true;
  }

  #dispatch(path: Path, lane: Lane, bytes: Uint8Array, lateMs: number): void {
    const { generation } = path.link;
    // Copied now, so that neither side can change what the other one holds.
    const frame: Frame = { path, lane, generation, number: lane.sentNumber, bytes: new Uint8Array(bytes) };
    const nowMs = this.#time.now;
    let arrivalMs = nowMs + this.#delayMs() + lateMs;
    if (lane.bulk) {
      lane.freeMs = Math.max(lane.freeMs, nowMs) + bytes.length / this.#options.bulkBytesPerMs;
      arrivalMs += lane.freeMs - nowMs;
    }
    if (!this.#options.reorders) {
      arrivalMs = Math.max(arrivalMs, lane.lastArrivalMs);
      lane.lastArrivalMs = arrivalMs;
    }
    lane.inFlight += 1;
    this.#time.schedule(arrivalMs - nowMs, () => this.#arrive(frame));
  }

  #arrive(frame: Frame): void {
    const { path, lane } = frame;
    const cutHolds = path.cuts > 0 && !this.#options.cutLoses;
    if (lane.releasing || path.clogs > 0 || cutHolds) {
      this.counts.held += 1;
      lane.held.push(frame);
    } else {
      this.#deliver(frame);
    }
  }

  #release(path: Path): void {
    if (path.clogs > 0 || (path.cuts > 0 && !this.#options.cutLoses)) return;
    for (const lane of path.lanes) {
      if (lane.held.length === 0 || lane.releasing) continue;
      lane.releasing = true;
      this.#time.schedule(0, () => {
        const { held } = lane;
        lane.held = [];
        lane.releasing = false;
        // Through arrive(), because the path may have been blocked again meanwhile.
        for (const frame of held) this.#arrive(frame);
      });
    }
  }

  #deliver(frame: Frame): void {
    const { path, lane, bytes, generation } = frame;
    const receiver = this.#endpoints[path.to];
    const view = receiver?.views[path.from];
    if (receiver === undefined || view?.generation !== generation || path.cuts > 0) {
      if (path.link.generation === generation) lane.inFlight -= 1;
      this.counts.lost += 1;
      return;
    }
    // The sender heard first that the link is up; its frame must not come before our own notice.
    if (!view.up && path.link.connected) this.#noticeUp(receiver, path.from, view);
    const { process, listener } = receiver;
    process.run(() => {
      if (path.link.generation === generation) lane.inFlight -= 1;
      this.counts.delivered += 1;
      if (frame.number < lane.takenNumber) this.counts.overtaken += 1;
      else lane.takenNumber = frame.number;
      this.#trace?.number(this.#time.now);
      this.#trace?.number((path.from * this.placeCount + path.to) * 2 ** 32 + bytes.length);
      listener.frame(view.peer, bytes);
    });
  }

  #delayMs(): number {
    return this.#options.delayMinMs + this.#random.exponential(this.#options.delayMeanMs);
  }

  // Links.

  #tryConnect(a: number, b: number): void {
    const { link } = this.#path(a, b);
    if (link.connected || link.connecting !== 0 || !this.#reachable(a, b)) return;
    const delayMs = this.#random.exponential(this.#options.reconnectMeanMs) + 2 * this.#delayMs();
    link.connecting = this.#time.schedule(delayMs, () => {
      link.connecting = 0;
      // A handshake needs both directions and both processes; whatever mends next will try again.
      if (!this.#reachable(a, b)) return;
      const first = this.#endpoints[a] as Endpoint;
      const second = this.#endpoints[b] as Endpoint;
      if (first.process.paused || second.process.paused) {
        this.#tryConnect(a, b);
        return;
      }
      link.connected = true;
      link.generation += 1;
      for (const path of [this.#path(a, b), this.#path(b, a)]) {
        for (const lane of path.lanes) this.counts.lost += resetLane(lane);
      }
      this.#open(first, second, link.generation);
      this.#open(second, first, link.generation);
    });
  }

  #reachable(a: number, b: number): boolean {
    if (a === b || !this.#endpoints[a] || !this.#endpoints[b]) return false;
    const there = this.#path(a, b);
    const back = this.#path(b, a);
    return there.cuts + there.clogs + back.cuts + back.clogs === 0;
  }

  #open(endpoint: Endpoint, peer: Endpoint, generation: number): void {
    const old = endpoint.views[peer.place];
    // A new connection is also the news that the old one is gone.
    if (old !== undefined) this.#noticeDown(endpoint, peer.place, old);
    const view: View = { peer: peer.id, generation, up: false, notice: 0 };
    endpoint.views[peer.place] = view;
    endpoint.placeOf.set(peer.id, peer.place);
    const delayMs = this.#delayMs();
    view.notice = this.#time.schedule(delayMs, () => this.#noticeUp(endpoint, peer.place, view));
  }

  #break(a: number, b: number, notice: Notice): void {
    const { link } = this.#path(a, b);
    if (link.connected) {
      link.connected = false;
      this.#tell(a, b, notice);
      this.#tell(b, a, notice);
    }
    this.#tryConnect(a, b);
  }

  /** Schedules the bad news for the side at `place`. */
  #tell(place: number, other: number, notice: Notice): void {
    const endpoint = this.#endpoints[place];
    const view = endpoint?.views[other];
    if (endpoint === undefined || view === undefined) return;
    if (!view.up) {
      // It never heard of this connection, so there is nothing to take back.
      this.#noticeDown(endpoint, other, view);
    } else if (notice !== 'never') {
      const late = this.#random.between(LATE_NOTICE_MIN_MS, LATE_NOTICE_MAX_MS);
      const delayMs = notice === 'soon' ? this.#delayMs() : late;
      view.notice = this.#time.schedule(delayMs, () => this.#noticeDown(endpoint, other, view));
    }
  }

  #noticeUp(endpoint: Endpoint, place: number, view: View): void {
    if (view.up || endpoint.views[place] !== view) return;
    this.#time.cancel(view.notice);
    view.notice = 0;
    view.up = true;
    this.counts.linksUp += 1;
    this.#trace?.line(() => `link ${endpoint.place}: up to ${place}`);
    endpoint.process.run(() => endpoint.listener.up(view.peer));
  }

  #noticeDown(endpoint: Endpoint, place: number, view: View): void {
    if (endpoint.views[place] !== view) return;
    this.#time.cancel(view.notice);
    view.notice = 0;
    endpoint.views[place] = undefined;
    endpoint.placeOf.delete(view.peer);
    if (!view.up) return;
    view.up = false;
    this.counts.linksDown += 1;
    this.#trace?.line(() => `link ${endpoint.place}: down to ${place}`);
    endpoint.process.run(() => endpoint.listener.down(view.peer));
  }
}
