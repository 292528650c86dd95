/**
 * The driver: the only loop of a replica. Events gather in an inbox; one turn drains it, steps the core,
 * performs each step in its order (send, write, send what speaks for the write, apply), proposes what
 * the doors have gathered, and starts one write to disk for everything. The next turn gathers meanwhile.
 *
 *     doors ──► requests ──┐                                   ┌──► applier ──► doors
 *     links ──► inbox ─────┼──► core.step ──► messages, facts ─┤
 *     ticks ───────────────┘                      │            └──► reads ────► doors
 *                                                 └──► log ──► afterwards ──► links, inbox
 */
import assert from 'node:assert/strict';
import { decodeMessage, type PeerMessage } from '../codec/message.ts';
import type { SnapshotHeader } from '../codec/snapshot-header.ts';
import { isSnapshotMessage } from '../codec/snapshot-message.ts';
import { Corruption } from '../errors.ts';
import type { Store } from '../kv/store.ts';
import { versionNeeded } from '../kv/version-needed.ts';
import type { ReplicaId, Slot } from '../paxos/ballot.ts';
import type { Configuration } from '../paxos/configuration.ts';
import type { Envelope, Event, Step } from '../paxos/message.ts';
import { Paxos } from '../paxos/paxos.ts';
import type { Log } from '../storage/log.ts';
import { Administration } from './admin.ts';
import { Affiliation, foundingEntry } from './affiliation.ts';
import type { Applier } from './applier.ts';
import { ApplyLoop } from './apply-loop.ts';
import { CatchUpServer } from './catch-up-server.ts';
import { asksTooMuch, isTooMuch } from './disk-backlog.ts';
import { Departure, SHUTTING_DOWN } from './departure.ts';
import type { Outcome, ReplicaDoor, ReplicaStatus, ReplySink, Staleness } from './door.ts';
import { Failure } from './door.ts';
import { Fellowship } from './fellowship.ts';
import { LeaderNews } from './leader-news.ts';
import { LEADERLESS_GRACE_MS, READ_DEADLINE_MS, READ_WORK_MAX, WRITE_DEADLINE_MS } from './limits.ts';
import { growthRefusal } from './growth-proposals.ts';
import { messageText } from './message-text.ts';
import { Outbox, withoutSuperseded } from './outbox.ts';
import { Proposer } from './proposer.ts';
import { ReadQueue } from './read-queue.ts';
import { Readiness } from './readiness.ts';
import type { ReplicaOptions } from './replica-options.ts';
import type { Requests } from './requests.ts';
import type { Retirement } from './retirement.ts';
import { SNAPSHOT_SIZES, SnapshotKeeper } from './snapshot-keeper.ts';
import { SpaceWatch } from './space-watch.ts';
import { StaleReads } from './stale-reads.ts';
import { statusOf } from './status.ts';
import { OLDER_RELEASE, outdatedBy, VersionRaise } from './version-raise.ts';

export class Replica implements ReplicaDoor {
  readonly #options: ReplicaOptions;
  readonly #core: Paxos;
  readonly #log: Log;
  readonly #applier: Applier;
  readonly #requests: Requests;
  readonly #reads: ReadQueue;
  readonly #outbox: Outbox;
  readonly #proposer: Proposer;
  readonly #catchUpServer: CatchUpServer;
  readonly snapshots: SnapshotKeeper;
  readonly #applying: ApplyLoop;
  readonly #readiness = new Readiness();
  readonly #staleReads: StaleReads;
  readonly #leaderNews: LeaderNews;
  readonly #connected = new Set<ReplicaId>();
  readonly #startedAtMs: number;
  readonly #appliedAtStart: Slot;
  /** Who this replica is to the others, and they to it. */
  readonly fellowship: Fellowship;
  readonly admin: Administration;
  readonly departure: Departure;
  readonly version: VersionRaise;
  #retirement: Retirement | undefined;
  #inbox: Event[] = [];
  #afterwards: Envelope[] = [];
  #turnPending = false;
  #closed = false;
  #relieved: (() => void)[] = [];
  /** Chosen, and durable here: what may be read back from the log. */
  #chosenDurable: Slot;
  /** Chosen, and given to the log. */
  #chosenWritten: Slot;
  #leaderlessSinceMs: number | undefined;
  readonly #space: SpaceWatch;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#applier = options.applier;
    this.#requests = options.requests;
    this.#core = new Paxos(options, options.restored);
    const affiliation = new Affiliation(options.log, options.cluster);
    this.fellowship = new Fellowship(this.#core, affiliation, options);
    this.#reads = new ReadQueue(Math.floor(options.random() * 2 ** 46));
    this.#outbox = new Outbox(options.links, options.observe);
    this.snapshots = new SnapshotKeeper({
      ...options,
      core: this.#core,
      outbox: this.#outbox,
      cluster: () => affiliation.joined,
      sizes: options.snapshotSizes ?? SNAPSHOT_SIZES,
      grownBytes: options.replayedBytes,
      install: this.#install,
    });
    const offer = (peer: ReplicaId, from: Slot): boolean => this.snapshots.offer(peer, from);
    this.#catchUpServer = new CatchUpServer(options.log, this.#outbox, options.observe, offer);
    this.#proposer = new Proposer(this.#core, this.#applier, this.#requests, this.#outbox, options);
    this.#applying = new ApplyLoop(this.#core, this.#proposer, this.snapshots, options);
    this.#leaderNews = new LeaderNews(this.#core, options.observe);
    this.#staleReads = new StaleReads(this.#core, this.#applier, this.#readiness, options);
    this.version = new VersionRaise(options.self, this.#core);
    this.admin = new Administration(this.#core, {
      ...options,
      version: this.version,
      step: this.#step,
      bootstrap: (cluster, configuration) => this.bootstrap(cluster, configuration),
      fellowship: this.fellowship,
      wake: () => this.#wake(),
    });
    this.departure = new Departure(this.#core, this.admin, { ...options, hasHeir: () => this.#hasHeir });
    this.#space = new SpaceWatch(this.#core, this.#outbox, options);
    this.#startedAtMs = options.clock.nowMs();
    this.#appliedAtStart = options.applier.applied;
    this.#chosenDurable = options.restored.chosen;
    this.#chosenWritten = options.restored.chosen;
  }

  /** To be called every `TICK_MS`. */
  tick(): void {
    const { clock } = this.#options;
    this.#inbox.push({ kind: 'tick', nowMs: clock.nowMs(), clockMs: Math.floor(clock.clockMs()) });
    this.#reads.retry();
    this.departure.review();
    this.#turn();
  }

  linkUp(peer: ReplicaId): void {
    this.#connected.add(peer);
    this.#receive({ kind: 'linkUp', peer });
    this.#proposer.resend();
  }

  linkDown(peer: ReplicaId): void {
    this.#connected.delete(peer);
    this.#receive({ kind: 'linkDown', peer });
  }

  frame(peer: ReplicaId, bytes: Uint8Array): void {
    const { observe } = this.#options;
    try {
      const message = decodeMessage(bytes);
      observe({ kind: 'received', peer, bytes: bytes.length, text: () => messageText(message) });
      if (isTooMuch(message, this.#options)) observe({ kind: 'droppedForDisk', peer });
      else this.#take(peer, message);
    } catch (error) {
      if (!(error instanceof Corruption)) throw error;
      observe({ kind: 'notice', name: 'frame-dropped', text: `a peer's frame is dropped: ${error.message}` });
    }
  }

  #take(peer: ReplicaId, message: PeerMessage): void {
    if (message.kind === 'forward') {
      this.#proposer.offer(message);
      this.#wake();
    } else if (message.kind === 'fetch') {
      this.#catchUpServer.serve(peer, message.from, this.#chosenDurable);
    } else if (isSnapshotMessage(message)) {
      this.snapshots.take(peer, message);
    } else if (message.kind === 'full') {
      this.#space.note(peer);
    } else {
      this.#staleReads.noteMessage(peer);
      this.fellowship.hear(peer, message);
      this.#receive({ kind: 'message', from: peer, message });
    }
  }

  /** Once in the life of a cluster, at one fresh replica: gives it its name and its first configuration. */
  bootstrap(cluster: string, configuration: Configuration): void {
    assert(this.fellowship.isFresh, 'BootstrapOnce: a replica that belongs to a cluster founds no other');
    const { self } = this.#options;
    const entries = [foundingEntry(self, configuration)];
    // In one turn, so that name and configuration are on disk together or not at all.
    this.fellowship.join(cluster);
    this.#step({ kind: 'message', from: self, message: { kind: 'chosen', entries } });
    this.#wake();
  }

  /** Takes no part any more, and answers nobody: the process is to end. */
  retire(retirement: Retirement): void {
    if (this.#retirement !== undefined || this.#closed) return;
    this.#retirement = retirement;
    this.#options.observe({ kind: 'retired', why: retirement.kind, reason: retirement.reason });
    this.close();
  }

  // --- What the doors ask -----------------------------------------------------------------------

  write(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    if (this.#closed || this.departure.refusesRequests)
      return sink.settle(token, new Failure('notDone', this.#goodbye));
    if (versionNeeded(code, args) > this.#core.acceptor.rulings.version) {
      return sink.settle(token, new Failure('notDone', OLDER_RELEASE));
    }
    const { chosen, role } = this.#core;
    const isLevel = role === 'leader' && this.#applier.applied === chosen;
    const mayKnow = isLevel && !this.#requests.mayShrink;
    const refusal = growthRefusal(this.#applier.store, mayKnow, code, args);
    if (refusal !== undefined) return sink.settle(token, refusal);
    this.#requests.add(code, args, sink, token, this.#options.clock.nowMs());
    this.#wake();
  }

  read(code: number, args: readonly string[], sink: ReplySink, token: number): void {
    if (this.#closed || this.departure.refusesRequests)
      return sink.settle(token, new Failure('notDone', this.#goodbye));
    this.#reads.add(code, args, sink, token, this.#options.clock.nowMs());
    this.#wake();
  }

  readStale(code: number, args: readonly string[]): Outcome {
    return this.#staleReads.read(code, args);
  }

  get staleness(): Staleness {
    return this.#staleReads.staleness;
  }

  get congested(): boolean {
    return this.#requests.isFull || this.#reads.isFull;
  }

  whenRelieved(wake: () => void): void {
    this.#relieved.push(wake);
  }

  status(): ReplicaStatus {
    const nowMs = this.#options.clock.nowMs();
    const reasons = this.#closed
      ? [this.#goodbye]
      : [...this.departure.reasons, ...this.#readiness.reasons(nowMs, this.fellowship.belonging)];
    return statusOf({
      self: this.#options.self,
      cluster: this.fellowship.cluster,
      core: this.#core,
      applier: this.#applier,
      connected: this.#connected,
      roundTripMs: (peer) => this.#options.links.roundTripMs(peer),
      unreadyReasons: reasons,
      uptimeMs: nowMs - this.#startedAtMs,
    });
  }

  get #goodbye(): string {
    return this.#retirement?.reason ?? SHUTTING_DOWN;
  }

  get #hasHeir(): boolean {
    const { latest } = this.#core.acceptor.rulings;
    return latest?.members.some(({ id, voter }) => voter && this.#connected.has(id)) === true;
  }

  /** Writes and reads that wait for their answer; for metrics. */
  get pending(): { readonly writes: number; readonly reads: number } {
    return { writes: this.#requests.count, reads: this.#reads.count };
  }

  get core(): Paxos {
    return this.#core;
  }

  /** Answers everything with what is known and takes no more. The log is the caller's to close. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests.close();
    this.admin.close(this.#goodbye);
    this.#reads.close(this.#goodbye);
    // Whoever waits for room is refused now.
    for (const wake of this.#relieved.splice(0)) wake();
    this.snapshots.close();
  }

  // --- The turn ---------------------------------------------------------------------------------

  #receive(event: Event): void {
    if (this.#closed) return;
    this.#inbox.push(event);
    this.#wake();
  }

  #wake(): void {
    if (this.#turnPending || this.#closed) return;
    this.#turnPending = true;
    this.#options.defer(this.#turn);
  }

  readonly #turn = (): void => {
    this.#turnPending = false;
    if (this.#closed) return;
    if (this.#inbox.length > 0) this.#step({ kind: 'time', nowMs: this.#options.clock.nowMs() });
    while (this.#inbox.length > 0) {
      const events = this.#inbox;
      this.#inbox = [];
      for (const event of events) this.#step(event);
    }
    if (this.#applying.run()) this.#wake();
    this.fellowship.review();
    this.admin.review();
    this.version.review(this.#step);
    this.#refuseLate();
    this.#proposer.submit(this.#space, this.#step);
    if (this.#reads.hasGathered && this.#core.leader !== undefined) {
      const nowMs = this.#options.clock.nowMs();
      this.#step({ kind: 'read', id: this.#reads.ask(nowMs), nowMs });
    }
    // A cluster of one has its answers at once.
    this.#runReads();
    this.#speakWhenDurable();
    this.#leaderNews.tell();
    this.#staleReads.noteTurn();
    if (this.#core.isRemoved)
      return this.retire({ kind: 'removed', reason: 'this replica was removed from the cluster' });
    const outdated = outdatedBy(this.#core.acceptor.rulings);
    if (outdated !== undefined) return this.retire(outdated);
    this.snapshots.endTurn(this.#options.clock.nowMs());
    if (this.#relieved.length > 0 && this.#requests.isRelieved && this.#reads.isRelieved) {
      for (const wake of this.#relieved.splice(0)) wake();
    }
  };

  readonly #step = (event: Event): void => {
    const step: Step = this.#core.step(event);
    for (const { to, message } of step.messages)
      if (!asksTooMuch(message, this.#options)) this.#outbox.send(to, message);
    for (const fact of step.facts) this.#log.append(fact);
    for (const envelope of step.afterwards) this.#afterwards.push(envelope);
    for (const ready of step.reads) {
      const done = this.#reads.answer(ready, this.#options.clock.nowMs());
      if (done !== undefined) this.#options.observe({ kind: 'readRoundDone', ...done });
    }
  };

  #speakWhenDurable(): void {
    const envelopes = this.#afterwards;
    const chosen = this.#core.chosen;
    if (envelopes.length > 0 || chosen > this.#chosenWritten) {
      this.#afterwards = [];
      this.#chosenWritten = chosen;
      this.#log.whenDurable(() => {
        if (this.#closed) return;
        this.#chosenDurable = Math.max(this.#chosenDurable, chosen);
        for (const { to, message } of withoutSuperseded(envelopes)) {
          if (to === this.#options.self) this.#receive({ kind: 'message', from: to, message });
          else if (message.kind === 'fetch') this.#options.rest(() => this.#outbox.send(to, message));
          else this.#outbox.send(to, message);
        }
      });
    }
    this.#log.flush();
  }

  readonly #install = (header: SnapshotHeader, store: Store): void => {
    const slot = header.applier.applied;
    this.#requests.forgetSubmitted();
    this.#applier.takeOver(header.applier, store);
    this.#options.follower?.follow(store);
    this.#step({ kind: 'installed', slot, rulings: header.rulings });
    this.#chosenDurable = slot;
    this.fellowship.review();
    this.#wake();
  };

  #runReads(): void {
    const { store, applied } = this.#applier;
    const context = { nowMs: Math.floor(this.#options.clock.clockMs()), random: this.#options.random() };
    if (this.#reads.run(applied, store, context, store.work + READ_WORK_MAX)) this.#wake();
  }

  /** Requests that waited too long, or for a leader that nobody knows. */
  #refuseLate(): void {
    const nowMs = this.#options.clock.nowMs();
    const { applied } = this.#applier;
    if (this.#readiness.note(nowMs, applied, this.#core.lastHeard)) {
      this.#options.observe({ kind: 'caughtUp', slot: applied, slots: applied - this.#appliedAtStart });
    }
    this.#requests.expire(nowMs - WRITE_DEADLINE_MS);
    this.#space.review(nowMs);
    this.#reads.expire(nowMs - READ_DEADLINE_MS);
    if (this.#core.leader !== undefined) {
      this.#leaderlessSinceMs = undefined;
      return;
    }
    this.#leaderlessSinceMs ??= nowMs;
    if (nowMs - this.#leaderlessSinceMs < LEADERLESS_GRACE_MS) return;
    this.#requests.refuseUnsubmitted('no leader is known');
    this.#reads.refuseGathered(nowMs, 'no leader is known');
  }
}
