/**
 * One replica's part in Multi-Paxos: a function of its inputs. `step` takes one event and answers
 * with what must be done; it does nothing itself, knows no clock and draws chances only from the
 * generator it was given. Lamport, "The Part-Time Parliament" and "Paxos Made Simple"; phase 1 once
 * for all open slots and cumulative votes as in Chandra, Griesemer, Redstone, "Paxos Made Live".
 */
import { Acceptor, type Restored } from './acceptor.ts';
import { type Ballot, BALLOT_NONE, compareBallots, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import { Campaign } from './campaign.ts';
import { addPromise, type Canvassing, type Preparing } from './candidate.ts';
import { CatchUp } from './catch-up.ts';
import { ElectionTimer } from './election-timer.ts';
import { Leader, type LeaderOptions } from './leader.ts';
import { Loyalty } from './loyalty.ts';
import type { Accept, Event, Heartbeat, Message, Prepare, Step } from './message.ts';
import { ownVote } from './own-vote.ts';
import { RemoteReads } from './remote-reads.ts';
import { type Role, roleName } from './role.ts';
import { StepBuilder } from './step.ts';
import type { Timing } from './timing.ts';

export interface PaxosOptions extends LeaderOptions {
  /** Seeded; in [0, 1). */
  readonly random: () => number;
  /** Of the log in memory: see `Window`. */
  readonly windowBytes?: number;
}

export class Paxos {
  readonly acceptor: Acceptor;
  readonly #options: PaxosOptions;
  readonly #self: ReplicaId;
  readonly #timing: Timing;
  readonly #election: ElectionTimer;
  readonly #catchUp: CatchUp;
  readonly #campaign: Campaign;
  readonly #remoteReads = new RemoteReads();
  readonly #loyalty: Loyalty;
  #role: Role = { kind: 'following', leader: undefined };
  #nowMs = 0;
  #clockMs = 0;
  #started = false;
  readonly #linked = new Set<ReplicaId>();
  /** The highest round seen anywhere: the next ballot of this replica goes above it (T11). */
  #roundSeen: number;

  constructor(options: PaxosOptions, restored: Restored) {
    this.#self = options.self;
    this.#timing = options.timing;
    this.#options = options;
    this.#loyalty = new Loyalty(options.timing);
    this.#election = new ElectionTimer(options.timing, options.random);
    this.acceptor = new Acceptor(restored, options.windowBytes);
    this.#catchUp = new CatchUp(options.timing);
    this.#campaign = new Campaign(options.self, this.acceptor, this.#catchUp, options.timing);
    this.#roundSeen = this.acceptor.promised.round;
  }

  /** Every slot up to here may be applied: its value is chosen and held. */
  get chosen(): Slot {
    return this.acceptor.chosen;
  }

  get role(): 'stranger' | 'follower' | 'candidate' | 'leader' {
    return this.acceptor.rulings.known ? roleName(this.#role) : 'stranger';
  }

  /** True when this replica was removed, and does not lead any more: it has nothing left to do. */
  get isRemoved(): boolean {
    return this.#role.kind !== 'leading' && this.acceptor.isGone(this.#self);
  }

  /** The leader as far as this replica knows: itself, or whom it has heard lately. */
  get leader(): ReplicaId | undefined {
    if (this.#role.kind === 'leading') return this.#self;
    return this.#role.kind === 'following' ? this.#role.leader : undefined;
  }

  /** The leadership under way at this replica, if any. */
  get leadership(): Leader | undefined {
    return this.#role.kind === 'leading' ? this.#role : undefined;
  }

  /** How far the cluster is, as far as it is known here: what being level is measured against. */
  get lastHeard(): Slot {
    if (this.#role.kind !== 'leading') return this.#catchUp.leaderChosen;
    // A leader is level when its first batch is chosen; what is in flight then is no lag.
    return this.#role.barrierChosen ? this.acceptor.chosen : this.#role.last;
  }

  step(event: Event): Step {
    const out = new StepBuilder();
    if ('nowMs' in event) this.#passTime(event.nowMs, out);
    switch (event.kind) {
      case 'time':
        break;
      case 'tick':
        this.#onTick(event.clockMs, out);
        break;
      case 'message':
        this.#onMessage(event.from, event.message, out);
        break;
      case 'propose':
        this.leadership?.proposeOwn(event.value, event.urgent, this.#nowMs, out);
        break;
      case 'configure':
        this.leadership?.configure(event.configuration, this.#nowMs, out);
        break;
      case 'transfer':
        this.leadership?.startTransfer(event.to, this.#nowMs, out);
        break;
      case 'read':
        this.#onRead(event.id, out);
        break;
      case 'linkUp':
        this.#onLinkUp(event.peer, out);
        break;
      case 'linkDown':
        this.#onLinkDown(event.peer);
        break;
      case 'installed':
        this.acceptor.install(event.slot, event.rulings, out);
        this.#catchUp.onInstalled(this.#nowMs, this.acceptor, out);
        if (this.#role.kind === 'preparing') this.#leadIfPromised(this.#role, out);
        break;
    }
    return out;
  }

  /** The driver has applied everything up to `slot`: memory below it may be given up. */
  applied(slot: Slot): void {
    this.acceptor.window.trim(slot);
  }

  #passTime(nowMs: number, out: StepBuilder): void {
    const stalled = this.#started && nowMs - this.#nowMs > this.#timing.electionMinMs;
    this.#nowMs = Math.max(nowMs, this.#nowMs);
    if (!this.#started) {
      this.#started = true;
      this.#loyalty.start(nowMs, this.acceptor.promised);
      if (this.acceptor.confirmPromise(out)) this.#awaitPromise(out);
      this.#delayElection();
    }
    if (!stalled) return;
    // A process that stood still may have been replaced meanwhile: it asks before it goes on (T35).
    return this.#role.kind === 'leading' ? this.#follow(undefined, out) : this.#delayElection();
  }

  #onTick(clockMs: number, out: StepBuilder): void {
    this.#clockMs = clockMs;
    if (this.#role.kind !== 'leading') this.#tickWithoutLead(out);
    else if (this.#role.isHealthy(this.#nowMs)) this.#role.onTick(this.#nowMs, out);
    else this.#follow(undefined, out);
    this.#remoteReads.expire(this.#nowMs - 2 * this.#timing.repeatMs, out);
  }

  #tickWithoutLead(out: StepBuilder): void {
    if (!this.acceptor.rulings.known)
      return this.#catchUp.askAsStranger(this.#linked, this.#nowMs, this.acceptor, out);
    this.#catchUp.onTick(this.#nowMs, this.acceptor, out);
    if (this.#role.kind === 'preparing' && this.#nowMs >= this.#role.repeatAtMs)
      this.#campaign.repeat(this.#role, this.#nowMs, out);
    if (!this.#election.isDue(this.#nowMs)) return;
    // Its own promise is bound by the lease like any other.
    if (this.#loyalty.boundUntilMs > this.#nowMs) return this.#election.hasten(this.#loyalty.boundUntilMs);
    this.#delayElection();
    if (this.acceptor.rulings.isVoterFrom(this.acceptor.chosen + 1, this.#self)) this.#canvass(out);
  }

  #onMessage(from: ReplicaId, message: Message, out: StepBuilder): void {
    switch (message.kind) {
      case 'canvass':
        return this.#onCanvass(from, message.ballot, out);
      case 'canvassReply':
        this.#roundSeen = Math.max(this.#roundSeen, message.promised.round);
        if (this.#role.kind !== 'canvassing' || !sameBallot(this.#role.ballot, message.ballot)) return;
        if (message.granted) this.#role.granted.add(from);
        return this.#prepareIfGranted(this.#role, out);
      case 'prepare':
        return this.#onPrepare(from, message, out);
      case 'promise':
        if (this.#role.kind !== 'preparing' || !sameBallot(this.#role.ballot, message.ballot)) return;
        addPromise(this.#role, from, message);
        return this.#leadIfPromised(this.#role, out);
      case 'refuse':
        return this.#onRefuse(message.refused, message.promised, out);
      case 'accept':
        return this.#onAccept(from, message, out);
      case 'accepted':
        if (from === this.#self) this.acceptor.noteDurable(message.ballot, message.mark);
        if (this.#role.kind !== 'leading' || !sameBallot(this.#role.ballot, message.ballot)) return;
        return this.#role.onAccepted(from, message, this.#nowMs, out);
      case 'heartbeat':
        return this.#onHeartbeat(from, message, out);
      case 'heartbeatReply':
        if (this.#role.kind !== 'leading' || !sameBallot(this.#role.ballot, message.ballot)) return;
        return this.#role.onHeartbeatReply(from, message, this.#nowMs, out);
      case 'indexRequest':
        if (this.#role.kind !== 'leading')
          return out.send(from, { kind: 'indexReply', id: message.id, index: 0 });
        this.#role.reads.add(message.id, from);
        return this.#role.startReadRound(this.#nowMs, out);
      case 'indexReply':
        return this.#remoteReads.finish(message.id, message.index, out);
      case 'chosen':
        // Asked for before the election: a leader proposes again what it lacks, in its own ballot.
        if (this.#role.kind === 'leading') return;
        this.#catchUp.onChosen(message.entries, this.#nowMs, this.acceptor, out);
        if (this.#role.kind === 'preparing') this.#leadIfPromised(this.#role, out);
        return;
      case 'campaignNow':
        return this.#onCampaignNow(from, message.ballot, out);
      case 'fetch':
        // Answered by the driver, from the log on disk.
        return;
    }
  }

  #canvass(out: StepBuilder): void {
    this.#follow(undefined, out);
    const canvassing = this.#campaign.canvass(this.#nextBallot(), out);
    this.#role = canvassing;
    this.#prepareIfGranted(canvassing, out);
  }

  #nextBallot(): Ballot {
    return { round: Math.max(this.#roundSeen, this.acceptor.promised.round) + 1, replica: this.#self };
  }

  /** Yes only if this replica, too, has lost the leader: nobody campaigns against one who is heard (T32). */
  #onCanvass(from: ReplicaId, ballot: Ballot, out: StepBuilder): void {
    const granted =
      this.#role.kind !== 'leading' &&
      !this.#loyalty.discourages(this.#nowMs) &&
      compareBallots(ballot, this.acceptor.promised) > 0 &&
      this.acceptor.mayHear(from);
    out.send(from, { kind: 'canvassReply', ballot, granted, promised: this.acceptor.promised });
  }

  #prepareIfGranted(canvassing: Canvassing, out: StepBuilder): void {
    if (!this.#campaign.isGranted(canvassing)) return;
    const ballot = canvassing.ballot;
    if (compareBallots(ballot, this.acceptor.promised) <= 0) return this.#follow(undefined, out);
    this.#prepare(ballot, BALLOT_NONE, out);
  }

  /** The leader hands over: no canvass is needed, and no lease of its ballot stands in the way. */
  #onCampaignNow(from: ReplicaId, ballot: Ballot, out: StepBuilder): void {
    const { promised, rulings, chosen } = this.acceptor;
    const isItsLeader = this.#role.kind === 'following' && this.#role.leader === from;
    if (!isItsLeader || !sameBallot(ballot, promised) || !rulings.isVoterFrom(chosen + 1, this.#self)) return;
    this.#follow(undefined, out);
    this.#prepare(this.#nextBallot(), ballot, out);
  }

  #prepare(ballot: Ballot, handedOver: Ballot, out: StepBuilder): void {
    this.#roundSeen = ballot.round;
    // The candidate's own promise makes the ballot durable before the first prepare leaves (T11).
    this.#promise(ballot, out);
    this.#delayElection();
    this.#role = this.#campaign.prepare(ballot, handedOver, this.#nowMs, out);
  }

  #onPrepare(from: ReplicaId, message: Prepare, out: StepBuilder): void {
    if (!this.acceptor.mayHear(from)) return;
    this.#roundSeen = Math.max(this.#roundSeen, message.ballot.round);
    const order = compareBallots(message.ballot, this.acceptor.promised);
    if (order < 0) return this.#refuse(from, message.ballot, out);
    if (order > 0) {
      if (this.#loyalty.forbids(this.#nowMs, this.acceptor.promised, message.handedOver)) return;
      this.#follow(undefined, out);
      this.#promise(message.ballot, out);
      this.#delayElection();
    }
    for (const part of this.acceptor.promiseParts(message.first)) out.sendAfterwards(from, part);
  }

  #leadIfPromised(preparing: Preparing, out: StepBuilder): void {
    const recovered = this.#campaign.outcome(preparing, this.#nowMs, out);
    if (recovered === undefined) return;
    const leader = new Leader(this.#options, preparing.ballot, recovered, this.acceptor, this.#nowMs);
    this.#role = leader;
    this.#remoteReads.abandon(out);
    leader.proposeRecovered(this.#nowMs, out);
    leader.onTick(this.#nowMs, out);
  }

  #onRefuse(refused: Ballot, promised: Ballot, out: StepBuilder): void {
    this.#roundSeen = Math.max(this.#roundSeen, promised.round);
    const role = this.#role;
    if (role.kind === 'following' || role.kind === 'canvassing' || !sameBallot(role.ballot, refused)) return;
    this.#follow(undefined, out);
  }

  #refuse(from: ReplicaId, refused: Ballot, out: StepBuilder): void {
    // Speaks of the promise, so it waits until the promise is durable like any other word about it.
    out.sendAfterwards(from, { kind: 'refuse', refused, promised: this.acceptor.promised });
  }

  #onAccept(from: ReplicaId, message: Accept, out: StepBuilder): void {
    if (!this.#hear(from, message.ballot, out)) return;
    let gap = false;
    for (const entry of message.entries) {
      if (this.acceptor.accept(entry, out) === 'gap') gap = true;
    }
    const { ballot } = message;
    const { mark } = this.acceptor;
    const accepted = { kind: 'accepted', ballot, mark, gap, clockMs: this.#clockMs } as const;
    out.sendAfterwards(from, accepted);
    out.sendAfterwards(this.#self, accepted);
    this.#learnFromLeader(from, message, out);
  }

  #onHeartbeat(from: ReplicaId, message: Heartbeat, out: StepBuilder): void {
    if (!this.#hear(from, message.ballot, out)) return;
    this.#learnFromLeader(from, message, out);
    const reply = {
      kind: 'heartbeatReply',
      ballot: message.ballot,
      round: message.round,
      mark: this.acceptor.durable,
      clockMs: this.#clockMs,
      leaseGranted: this.#loyalty.grant(message.leaseMs, this.#nowMs),
    } as const;
    if (this.acceptor.isPromiseDurable) out.send(from, reply);
    else out.sendAfterwards(from, reply);
  }

  /** True when `ballot` may speak to this replica as its leader's; raises the promise if it must (T12). */
  #hear(from: ReplicaId, ballot: Ballot, out: StepBuilder): boolean {
    const order = compareBallots(ballot, this.acceptor.promised);
    if (order < 0) {
      this.#refuse(from, ballot, out);
      return false;
    }
    if (!this.acceptor.rulings.known) return false;
    this.#roundSeen = Math.max(this.#roundSeen, ballot.round);
    if (order > 0) {
      this.#follow(undefined, out);
      this.#promise(ballot, out);
    }
    if (this.#role.kind !== 'following' || this.#role.leader !== from) this.#follow(from, out);
    this.#loyalty.heard(this.#nowMs);
    this.#delayElection();
    return true;
  }

  #learnFromLeader(from: ReplicaId, message: Accept | Heartbeat, out: StepBuilder): void {
    this.acceptor.learnChosenMark(message.chosen, out);
    this.#catchUp.onLeader(from, message.from, message.chosen, this.#nowMs, this.acceptor, out);
  }

  #onLinkUp(peer: ReplicaId, out: StepBuilder): void {
    this.#linked.add(peer);
    if (this.#role.kind === 'leading') this.#role.onLinkUp(peer, this.#nowMs, out);
  }

  #onLinkDown(peer: ReplicaId): void {
    this.#linked.delete(peer);
    if (this.#role.kind === 'leading') this.#role.onLinkDown(peer);
    if (this.#role.kind !== 'following' || this.#role.leader !== peer) return;
    this.#role = { kind: 'following', leader: undefined };
    this.#loyalty.lost();
    this.#election.hasten(this.#nowMs);
  }

  /** Raises the promise, and hears from itself when it is on disk. */
  #promise(ballot: Ballot, out: StepBuilder): void {
    this.acceptor.promise(ballot, out);
    this.#loyalty.end();
    this.#awaitPromise(out);
  }

  #awaitPromise(out: StepBuilder): void {
    out.sendAfterwards(this.#self, ownVote(this.acceptor.promised, this.acceptor.mark));
  }

  /** Becomes a follower of `leader`, or of nobody yet. Reads that waited are sent back. */
  #follow(leader: ReplicaId | undefined, out: StepBuilder): void {
    if (this.#role.kind === 'leading') {
      this.#role.reads.abandon(out);
      this.#delayElection();
    }
    if (this.leader !== leader) this.#remoteReads.abandon(out);
    this.#role = { kind: 'following', leader };
  }

  #onRead(id: number, out: StepBuilder): void {
    if (this.#role.kind === 'leading') {
      this.#role.reads.add(id, undefined);
      this.#role.startReadRound(this.#nowMs, out);
      return;
    }
    this.#remoteReads.ask(id, this.leader, this.#nowMs, out);
  }

  #delayElection(): void {
    this.#election.delay(this.#nowMs, this.acceptor.promised.round === 0);
  }
}
