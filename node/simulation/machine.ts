/**
 * One machine of a run: a disk, clocks, and the replica that a supervisor starts on it again and again.
 * Everything inside the process is the real code: driver, core, log, state machine, codecs.
 */
import assert from 'node:assert/strict';
import type { Links } from '../src/link/links.ts';
import type { Observer } from '../src/observe/events.ts';
import { type Ballot, BALLOT_NONE, compareBallots, type ReplicaId } from '../src/paxos/ballot.ts';
import type { Addresses } from '../src/paxos/configuration.ts';
import { VERSION } from '../src/paxos/version.ts';
import type { Neighbours } from '../src/replica/fellowship.ts';
import { TICK_MS } from '../src/replica/limits.ts';
import type { Replica } from '../src/replica/replica.ts';
import type { SnapshotSizes } from '../src/replica/snapshot-keeper.ts';
import type { Retirement } from '../src/replica/retirement.ts';
import { type Started, startReplica } from '../src/replica/start.ts';
import { Hub } from '../src/watch/hub.ts';
import type { Clock } from './clock.ts';
import type { ClusterOptions } from './cluster-options.ts';
import type { CrashKind, Disk } from './disk.ts';
import { type Moment, sentKind, Trigger } from './moment.ts';
import type { Network } from './network.ts';
import { Process } from './process.ts';
import type { Random } from './random.ts';
import type { Time } from './time.ts';

const REPLICA_ID_MAX = 2 ** 48 - 1;

/** As long as real links are kept: see `LinkTiming`. */
const FAREWELL_MS = 2_000;

export interface MachineOwner {
  readonly options: ClusterOptions;
  snapshotSizesOf(machine: Machine): SnapshotSizes;
  /** The replica has recovered and runs. */
  started(machine: Machine): void;
  /** May these two speak? What the handshake of real links checks. */
  mayLink(machine: Machine, peer: ReplicaId): boolean;
  /** The newest version that a peer's program knows, as its hello would say. */
  supports(peer: ReplicaId): number;
  /** The cluster that a peer belongs to, as its hello would say. */
  clusterOf(peer: ReplicaId): string | undefined;
  /** A removed member's link to this machine has been kept long enough. */
  part(machine: Machine, peer: ReplicaId): void;
  /** A frame of this replica leaves. */
  sends(replica: ReplicaId, frame: Uint8Array): void;
  /** The process ended by itself: a disk error, a refused directory. */
  died(machine: Machine, error: Error): void;
  observe(machine: Machine): Observer;
}

export class Machine {
  readonly place: number;
  /** The newest version that its program knows: this one's, or an older release's. */
  supports = VERSION;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly #time: Time;
  readonly #random: Random;
  readonly #network: Network;
  readonly #owner: MachineOwner;
  #process: Process | undefined;
  #started: Started | undefined;
  #hub: Hub | undefined;
  #attached = false;
  #trigger: Trigger | undefined;
  #mute = false;
  /** Lives of this machine so far; each has streams of chance of its own. */
  #lives = 0;
  /** Drawn for each life: what tells its requests from those of an earlier one. */
  processNumber = 0;

  constructor(
    place: number,
    disk: Disk,
    clock: Clock,
    time: Time,
    random: Random,
    network: Network,
    owner: MachineOwner,
  ) {
    this.place = place;
    this.disk = disk;
    this.clock = clock;
    this.#time = time;
    this.#random = random;
    this.#network = network;
    this.#owner = owner;
  }

  get addresses(): Addresses {
    return {
      host: `replica-${this.place}`,
      peerPort: 7379,
      redisPort: 6379,
      clusterPort: 5379,
      httpPort: 8379,
      adminPort: 9379,
    };
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get process(): Process | undefined {
    return this.#process;
  }

  /** Undefined while it is down or still recovers. */
  get replica(): Replica | undefined {
    return this.#started?.replica;
  }

  /** Of this life: who watches here is told by it. Undefined as the replica is. */
  get hub(): Hub | undefined {
    return this.#started === undefined ? undefined : this.#hub;
  }

  get log(): Started['log'] | undefined {
    return this.#started?.log;
  }

  get id(): ReplicaId | undefined {
    return this.#started?.recovered.replica;
  }

  start(): void {
    assert(this.#process === undefined, 'one process per machine');
    this.#lives += 1;
    const random = this.#random.fork(`life ${this.#lives}`);
    const process = new Process(this.#time);
    this.#process = process;
    this.processNumber = random.integer(1, REPLICA_ID_MAX);
    const coreRandom = random.fork('core');
    const hub = new Hub({ defer: (turn) => process.after(0, turn), limits: this.#owner.options.watchLimits });
    this.#hub = hub;
    const fatal = (error: Error): void => {
      if (!process.ended) this.#owner.died(this, error);
    };
    startReplica(
      {
        files: this.disk.mount(process),
        logOptions: {
          segmentBytes: this.#owner.options.segmentBytes,
          drawReplicaId: () => random.integer(1, REPLICA_ID_MAX),
          fatal,
        },
        process: this.processNumber,
        addresses: this.addresses,
        clock: { nowMs: () => this.clock.monotonicMs(), clockMs: () => this.clock.wallMs() },
        random: () => coreRandom.next(),
        defer: (turn) => process.after(0, turn),
        rest: (resume) => resume(),
        observe: this.#owner.observe(this),
        timing: this.#owner.options.timing,
        lease: this.#owner.options.lease,
        batchEagerBytes: this.#owner.options.batchEagerBytes,
        follower: hub,
        snapshotSizes: this.#owner.snapshotSizesOf(this),
        windowBytes: this.#owner.options.windowBytes,
        sessionLimits: this.#owner.options.sessionLimits,
        applyWorkMax: this.#owner.options.applyWorkMax,
        unwrittenBytesMax: this.#owner.options.unwrittenBytesMax,
        dataQuotaBytes: this.#owner.options.dataQuotaBytes,
        makeLinks: (recovered) => {
          this.#attached = true;
          const links = this.#network.attach(process, this.place, recovered.replica, {
            up: (peer) => this.#linkUp(peer),
            down: (peer) => this.#linkDown(peer),
            frame: (peer, bytes) => {
              if (this.#linked.has(peer)) this.replica?.frame(peer, bytes);
            },
          });
          return this.#overheard(recovered.replica, links);
        },
      },
      (error, started) => {
        if (process.ended) return;
        if (error !== undefined) return fatal(error);
        this.#started = started;
        started.replica.version.note(started.recovered.replica, this.supports);
        this.#owner.started(this);
        this.#tick(process, started.replica);
        this.reviewLinks();
      },
    );
  }

  /** The links as the replica gets them: its owner hears what it sends, and a crash may cut it short. */
  #overheard(self: ReplicaId, links: Links): Links {
    const send = (frame: Uint8Array, pass: () => boolean): boolean => {
      // It has crashed in the middle of this turn, though the turn still runs to its end.
      if (this.#mute) return true;
      if (!pass()) return false;
      this.#owner.sends(self, frame);
      const kind = sentKind(frame);
      if (kind !== undefined) this.#trigger?.note(kind);
      return true;
    };
    return {
      send: (peer, frame) => send(frame, () => links.send(peer, frame)),
      sendBulk: (peer, frame, sent) => send(frame, () => links.sendBulk(peer, frame, sent)),
      roundTripMs: () => undefined,
    };
  }

  /** Calls `crash` at that moment of this life; nothing that comes behind it in the same turn leaves. */
  crashAt(moment: Moment, crash: () => void): void {
    if (moment.kind === 'written' || moment.kind === 'synced') {
      this.disk.trigger = new Trigger(moment, crash);
      return;
    }
    const process = this.#process;
    this.#trigger = new Trigger(moment, () => {
      this.#mute = true;
      this.#time.schedule(0, () => {
        if (process !== this.#process) return;
        crash();
        this.#mute = false;
      });
    });
  }

  readonly #linked = new Set<ReplicaId>();
  /** Links that came up before the replica existed, or before the handshake would let them. */
  readonly #waiting = new Set<ReplicaId>();

  /** Whom this replica dials. */
  #neighbours: ReadonlySet<ReplicaId> = new Set();

  #hosts: ReadonlySet<string> = new Set();

  knows(peer: ReplicaId): boolean {
    return this.#neighbours.has(peer);
  }

  /** It dials this address, whoever lives there by now. */
  dials(host: string): boolean {
    return this.#hosts.has(host);
  }

  /** The replica has other neighbours now; who was removed keeps its link for a while. */
  meet({ members, removed }: Neighbours): void {
    this.#neighbours = new Set(members.map(({ id }) => id));
    this.#hosts = new Set(members.map(({ addresses }) => addresses.host));
    for (const peer of removed) {
      if (!this.#linked.has(peer) || this.#parting.has(peer)) continue;
      this.#parting.add(peer);
      this.#process?.after(FAREWELL_MS, () => {
        this.#parting.delete(peer);
        if (this.#linked.has(peer)) this.#owner.part(this, peer);
      });
    }
  }

  readonly #parting = new Set<ReplicaId>();

  /** The link is cut by one end; the network would let them link again. */
  unlink(peer: ReplicaId): void {
    if (!this.#linked.delete(peer)) return;
    this.#waiting.add(peer);
    this.#process?.run(() => this.replica?.linkDown(peer));
  }

  /** A peer has refused this process: it must end. */
  told(retirement: Retirement): void {
    const { replica } = this;
    this.#process?.run(() => replica?.retire(retirement));
  }

  /** Looks again at links that the handshake refused: memberships change. */
  reviewLinks(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const peer of waiting) this.#linkUp(peer);
  }

  #linkUp(peer: ReplicaId): void {
    const replica = this.replica;
    if (replica === undefined || !this.#owner.mayLink(this, peer)) {
      this.#waiting.add(peer);
      return;
    }
    this.#linked.add(peer);
    const cluster = this.#owner.clusterOf(peer);
    if (cluster !== undefined) replica.fellowship.join(cluster);
    replica.version.note(peer, this.#owner.supports(peer));
    replica.linkUp(peer);
  }

  #linkDown(peer: ReplicaId): void {
    this.#waiting.delete(peer);
    if (this.#linked.delete(peer)) this.replica?.linkDown(peer);
  }

  #tick(process: Process, replica: Replica): void {
    process.after(this.clock.worldMs(TICK_MS), () => {
      replica.tick();
      this.#tick(process, replica);
    });
  }

  /** Nothing of this life is heard of again but what is on disk and on the wire. */
  crash(kind: CrashKind): void {
    assert(this.#process !== undefined, 'only a process that runs can crash');
    this.#process.end();
    this.#process = undefined;
    this.#started = undefined;
    this.#trigger = undefined;
    this.#mute = false;
    this.#linked.clear();
    this.#neighbours = new Set();
    this.#hosts = new Set();
    this.#parting.clear();
    this.#waiting.clear();
    this.disk.crash(kind);
    if (this.#attached) this.#network.detach(this.place, kind === 'kill' ? 'soon' : 'late');
    this.#attached = false;
  }
}

/** Of those that lead, or think so, the one with the highest ballot. */
export function newestLeader(machines: readonly Machine[]): Machine | undefined {
  const leaders = machines.filter((machine) => machine.replica?.core.role === 'leader');
  return leaders.toSorted((one, other) => compareBallots(ballotOf(other), ballotOf(one)))[0];
}

function ballotOf({ replica }: Machine): Ballot {
  return replica?.core.acceptor.promised ?? BALLOT_NONE;
}
