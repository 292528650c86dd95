/**
 * Replica events → Prometheus. Between scrapes everything is counted in plain numbers; prom-client gets
 * them when somebody asks. Names follow etcd's where it has the same thing (`has_leader`,
 * `log_fsync_duration_seconds`), so that its alerts carry over. `docs/metrics.md` lists them all.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import { type Ballot, type ReplicaId, replicaText, sameBallot } from '../paxos/ballot.ts';
import type { ReplicaStatus } from '../replica/door.ts';
import type { HubCounts } from '../watch/hub.ts';
import { ClientMetrics } from './client-metrics.ts';
import { CommandMetrics, type CommandOutcome } from './command-metrics.ts';
import type { ReplicaEvent } from './events.ts';
import type { DigestCheckpoints } from './digest-checkpoints.ts';
import {
  BucketHistogram,
  type Buckets,
  COUNT_BOUNDS,
  DURATION_BOUNDS_SECONDS,
  type LatencyCounts,
} from './histogram.ts';
import { type MachineSources, registerMachineGauges } from './machine-gauges.ts';
import { StatusGauges } from './status-gauges.ts';
import { WatchMetrics } from './watch-metrics.ts';

/** Where numbers come from that no event carries; asked at each scrape. */
export interface MetricSources extends MachineSources {
  /** This program's version, for `paxoskv_build_info`. */
  readonly version: string;
  status(): ReplicaStatus;
  /** Bytes that the log's files take on disk. */
  logBytes(): number;
  /** How many entries wait in each queue, by the queue's name. */
  queueDepths(): Readonly<Record<string, number>>;
  watchCounts(): HubCounts;
  readonly digests: Pick<DigestCheckpoints, 'register'>;
}

/** Counters without labels, each with the number that it shows. */
const COUNTERS = {
  leaderChanges: ['paxoskv_leader_changes_total', 'Leaders seen by this replica, one after the other'],
  logBytes: ['paxoskv_log_written_bytes_total', 'Bytes that were written to the log and synced'],
  logRecords: ['paxoskv_log_written_records_total', 'Records that were written to the log and synced'],
  droppedForDisk: [
    'paxoskv_dropped_for_disk_total',
    'Messages of peers that were not taken in because too much waited for the disk: they come again',
  ],
  reads: ['paxoskv_linearizable_reads_total', 'Reads that a quorum round of this replica made safe'],
  appliedCommands: ['paxoskv_applied_commands_total', 'Commands of the log applied to the store'],
  caughtUpSlots: ['paxoskv_caught_up_slots_total', 'Slots that this replica got by catch-up, as chosen'],
  snapshotsTaken: ['paxoskv_snapshots_taken_total', 'Snapshots that this replica took of its own state'],
  snapshotBytes: ['paxoskv_snapshots_taken_bytes_total', 'Bytes of the snapshots that it took'],
  snapshotsInstalled: [
    'paxoskv_snapshots_installed_total',
    'Snapshots of a peer that this replica took over, because it had fallen behind all logs',
  ],
  refusedLinks: ['paxoskv_links_refused_total', 'Links from others that this replica refused'],
  refusedAccess: ['paxoskv_access_refused_total', 'Passwords and bearer tokens that were wrong or missing'],
} as const;

type CounterName = keyof typeof COUNTERS;
const COUNTER_NAMES = Object.keys(COUNTERS) as CounterName[];

/** What is counted for one peer. */
interface PeerNumbers {
  readonly peer: string;
  sentBytes: number;
  receivedBytes: number;
  linkFailures: number;
  readonly roundTrips: Buckets;
}

export class ReplicaMetrics {
  readonly registry = new Registry();
  readonly #sources: MetricSources;
  readonly #commands: CommandMetrics;
  readonly #statusGauges: StatusGauges;
  readonly #watches: WatchMetrics;
  readonly #clients: ClientMetrics;

  readonly #counts: Record<CounterName, number> = {
    leaderChanges: 0,
    logBytes: 0,
    logRecords: 0,
    droppedForDisk: 0,
    reads: 0,
    appliedCommands: 0,
    caughtUpSlots: 0,
    snapshotsTaken: 0,
    snapshotBytes: 0,
    snapshotsInstalled: 0,
    refusedLinks: 0,
    refusedAccess: 0,
  };
  readonly #counters: ReadonlyMap<CounterName, Counter>;
  #lastLeaderBallot: Ballot | undefined;

  readonly #peers = new Map<ReplicaId, PeerNumbers>();
  readonly #sentBytes: Counter;
  readonly #receivedBytes: Counter;
  readonly #linkFailures: Counter;
  readonly #roundTrip: BucketHistogram;

  readonly #rounds: Buckets;
  readonly #roundCommands: Buckets;
  readonly #logSyncs: Buckets;
  readonly #readRounds: Buckets;
  readonly #applications: Buckets;

  readonly #logSize: Gauge;
  readonly #queueDepth: Gauge;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    this.#sources = sources;
    this.#statusGauges = new StatusGauges(this.registry);
    this.#commands = new CommandMetrics(this.registry);
    this.#watches = new WatchMetrics(this.registry);
    this.#clients = new ClientMetrics(this.registry);
    this.#rounds = this.#durations(
      'paxoskv_round_duration_seconds',
      'From the proposal of a slot to its being chosen; at the leader only',
    );
    this.#roundCommands = new BucketHistogram(this.registry, {
      name: 'paxoskv_round_commands',
      help: 'Commands that shared one slot; at the leader only',
      bounds: COUNT_BOUNDS,
    }).buckets();
    this.#readRounds = this.#durations(
      'paxoskv_read_round_duration_seconds',
      'One quorum round for all the reads that had arrived before it began',
    );
    this.#applications = this.#durations('paxoskv_apply_duration_seconds', 'Applying one slot to the store');
    this.#logSyncs = this.#durations(
      'paxoskv_log_fsync_duration_seconds',
      'Writing a batch of records to the log and fdatasync, until it is on disk for good',
    );
    this.#counters = new Map(
      COUNTER_NAMES.map((key) => {
        const [name, help] = COUNTERS[key];
        return [key, new Counter({ name, help, registers })];
      }),
    );
    this.#roundTrip = new BucketHistogram(this.registry, {
      name: 'paxoskv_peer_round_trip_seconds',
      help: 'Round trip to a peer and back, its event loop included',
      bounds: DURATION_BOUNDS_SECONDS,
      label: 'peer',
    });
    const perPeer = (name: string, help: string) =>
      new Counter({ name, help, labelNames: ['peer'], registers });
    this.#sentBytes = perPeer('paxoskv_peer_sent_bytes_total', 'Bytes of frames sent to a peer');
    this.#receivedBytes = perPeer(
      'paxoskv_peer_received_bytes_total',
      'Bytes of frames received from a peer',
    );
    this.#linkFailures = perPeer(
      'paxoskv_peer_link_failures_total',
      'Times that the link to a peer went down',
    );
    this.#logSize = new Gauge({
      name: 'paxoskv_log_size_bytes',
      help: "Bytes that the log's files take on disk, preallocated space included",
      registers,
    });
    this.#queueDepth = new Gauge({
      name: 'paxoskv_queue_depth',
      help: 'Entries that wait, by queue',
      labelNames: ['queue'],
      registers,
    });
    new Gauge({
      name: 'paxoskv_build_info',
      help: 'Always 1; the labels say which program runs',
      labelNames: ['version', 'node_version'],
      registers,
    }).set({ version: sources.version, node_version: process.version }, 1);
    registerMachineGauges(this.registry, sources);
    sources.digests.register(this.registry);
  }

  /** Counts one event: pass it to the replica as (one of) its observers. */
  readonly observe = (event: ReplicaEvent): void => {
    switch (event.kind) {
      case 'commandDone':
        this.#commands.done(event.name, event.outcome, event.durationMs);
        return;
      case 'sent':
        this.#peer(event.peer).sentBytes += event.bytes;
        return;
      case 'received':
        this.#peer(event.peer).receivedBytes += event.bytes;
        return;
      case 'roundDone':
        this.#rounds.observe(event.durationMs / 1000);
        this.#roundCommands.observe(event.commands);
        return;
      case 'logSynced':
        this.#logSyncs.observe(event.durationMs / 1000);
        this.#counts.logBytes += event.bytes;
        this.#counts.logRecords += event.records;
        return;
      case 'droppedForDisk':
        this.#counts.droppedForDisk += 1;
        return;
      case 'readRoundDone':
        this.#readRounds.observe(event.durationMs / 1000);
        this.#counts.reads += event.reads;
        return;
      case 'applied':
        this.#applications.observe(event.durationMs / 1000);
        this.#counts.appliedCommands += event.commands;
        return;
      case 'peerRoundTrip':
        this.#peer(event.peer).roundTrips.observe(event.durationMs / 1000);
        return;
      case 'leaderChanged':
        this.#leaderChanged(event.leader, event.ballot);
        return;
      case 'linkDown':
        this.#peer(event.peer).linkFailures += 1;
        return;
      case 'caughtUp':
        this.#counts.caughtUpSlots += event.slots;
        return;
      case 'refusedAccess':
        this.#counts.refusedAccess += 1;
        return;
      case 'snapshotTaken':
        this.#counts.snapshotsTaken += 1;
        this.#counts.snapshotBytes += event.bytes;
        return;
      case 'snapshotInstalled':
        this.#counts.snapshotsInstalled += 1;
        return;
      case 'refusedLink':
        this.#counts.refusedLinks += 1;
        return;
      case 'clientOpened':
      case 'clientClosed':
      case 'clientCut':
      case 'refusedForLimit':
        this.#clients.observe(event);
        return;
      case 'linkUp':
      case 'notice':
      case 'retired':
        // Whether a link is up comes from the status; the others are for people.
        return;
    }
  };

  /** The same as a `commandDone` event, for doors that would rather not make one for each command. */
  commandDone(name: string, outcome: CommandOutcome, durationMs: number): void {
    this.#commands.done(name, outcome, durationMs);
  }

  /** For whoever shows what clients wait for without a Prometheus. */
  get latencies(): LatencyCounts {
    return {
      round: this.#rounds.total,
      fsync: this.#logSyncs.total,
      command: this.#commands.durations,
    };
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything in Prometheus's text format. Rejects when a number can't be read from the system. */
  text(): Promise<string> {
    this.#collect();
    return this.registry.metrics();
  }

  #collect(): void {
    this.#statusGauges.collect(this.#sources.status());
    this.#commands.collect();
    this.#watches.collect(this.#sources.watchCounts());
    for (const [key, counter] of this.#counters) show(counter, {}, this.#counts[key]);
    for (const numbers of this.#peers.values()) {
      const labels = { peer: numbers.peer };
      show(this.#sentBytes, labels, numbers.sentBytes);
      show(this.#receivedBytes, labels, numbers.receivedBytes);
      show(this.#linkFailures, labels, numbers.linkFailures);
    }
    this.#logSize.set(this.#sources.logBytes());
    for (const [queue, depth] of Object.entries(this.#sources.queueDepths())) {
      this.#queueDepth.set({ queue }, depth);
    }
  }

  #durations(name: string, help: string): Buckets {
    return new BucketHistogram(this.registry, { name, help, bounds: DURATION_BOUNDS_SECONDS }).buckets();
  }

  #peer(id: ReplicaId): PeerNumbers {
    let numbers = this.#peers.get(id);
    if (numbers === undefined) {
      const peer = replicaText(id);
      numbers = {
        peer,
        sentBytes: 0,
        receivedBytes: 0,
        linkFailures: 0,
        roundTrips: this.#roundTrip.buckets(peer),
      };
      this.#peers.set(id, numbers);
    }
    return numbers;
  }

  /** Losing sight of a leader is not a change; the same ballot seen again is none either. */
  #leaderChanged(leader: ReplicaId | undefined, ballot: Ballot): void {
    if (leader === undefined) return;
    const last = this.#lastLeaderBallot;
    if (last !== undefined && sameBallot(last, ballot)) return;
    this.#lastLeaderBallot = ballot;
    this.#counts.leaderChanges += 1;
  }
}

/** Makes a counter show a number that was counted elsewhere. */
function show(counter: Counter, labels: Record<string, string>, total: number): void {
  counter.remove(labels);
  counter.inc(labels, total);
}
