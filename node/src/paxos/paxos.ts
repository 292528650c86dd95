/**
 * One replica's part in Multi-Paxos: a function of its inputs. `step` takes one event and answers
 * with what must be done; it does nothing itself, knows no clock and draws chances only from the
 * generator it was given. Lamport, "The Part-Time Parliament" and "Paxos Made Simple"; phase 1 once
 * for all open slots and cumulative votes as in Chandra, Griesemer, Redstone, "Paxos Made Live".
 */
import { Acceptor, type Restored } from './acceptor.ts';
import { type Ballot, compareBallots, type ReplicaId, sameBallot, type Slot } from './ballot.ts';
import { addPromise, beginPreparing, highestChosen, recoveredValues } from './candidate.ts';
import type { Canvassing, Preparing } from './candidate.ts';
import { CatchUp } from './catch-up.ts';
import { ElectionTimer } from './election-timer.ts';
import { Leader } from './leader.ts';
import type { Accept, Event, Heartbeat, Message, Prepare, Step } from './message.ts';
import { RemoteReads } from './remote-reads.ts';
import type { Role } from './role.ts';
import { StepBuilder } from './step.ts';
import type { Timing } from './timing.ts';

export interface PaxosOptions {
  readonly self: ReplicaId;
  readonly timing: Timing;
  /** Seeded; in [0, 1). */
  readonly random: () => number;
  /** Of the log in memory: see `Window`. */
  readonly windowBytes?: number;
}

export class Paxos {
  readonly acceptor: Acceptor;
  readonly #self: ReplicaId;
  readonly #timing: Timing;
  readonly #election: ElectionTimer;
  readonly #catchUp: CatchUp;
  readonly #remoteReads = new RemoteReads();
  #role: Role = { kind: 'following', leader: undefined };
  #nowMs = 0;
  #clockMs = 0;
  #started = false;
  /** When the present leader was last heard of; nobody else gets a promise sooner than a timeout after. */
  #leaderHeardAtMs = Number.NEGATIVE_INFINITY;
  readonly #linked = new Set<ReplicaId>();
  /** The highest round seen anywhere: the next ballot of this replica goes above it (T11). */
  #roundSeen: number;

  constructor(options: PaxosOptions, restored: Restored) {
    this.#self = options.self;
    this.#timing = options.timing;
    this.#election = new ElectionTimer(options.timing, options.random);
    this.acceptor = new Acceptor(restored, options.windowBytes);
    this.#catchUp = new CatchUp(options.timing);
    this.#roundSeen = this.acceptor.promised.round;
  }

  /** Every slot up to here may be applied: its value is chosen and held. */
  get chosen(): Slot {
    return this.acceptor.chosen;
  }

  get role(): 'stranger' | 'follower' | 'candidate' | 'leader' {
    if (!this.acceptor.rulings.known) return 'stranger';
    if (this.#role.kind === 'leading') return 'leader';
    return this.#role.kind === 'following' ? 'follower' : 'candidate';
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
    switch (event.kind) {
      case 'tick':
        this.#onTick(event.nowMs, event.clockMs, out);
        break;
      case 'message':
        this.#onMessage(event.from, event.message, out);
        break;
      case 'propose':
        this.leadership?.proposeOwn(event.value, event.urgent, this.#nowMs, out);
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

  #onTick(nowMs: number, clockMs: number, out: StepBuilder): void {
    const stalled = this.#started && nowMs - this.#nowMs > this.#timing.electionMinMs;
    this.#nowMs = nowMs;
    this.#clockMs = clockMs;
    if (!this.#started) {
      this.#started = true;
      this.#delayElection();
    }
    if (this.#role.kind === 'leading') {
      // A process that stood still may have been replaced meanwhile: it asks before it goes on (T35).
      if (stalled || !this.#role.isHealthy(nowMs)) this.#follow(undefined, out);
      else this.#role.onTick(nowMs, out);
    } else if (stalled) {
      this.#delayElection();
    } else {
      this.#tickWithoutLead(out);
    }
    this.#remoteReads.expire(nowMs - 2 * this.#timing.repeatMs, out);
  }

  #tickWithoutLead(out: StepBuilder): void {
    if (!this.acceptor.rulings.known)
      return this.#catchUp.askAsStranger(this.#linked, this.#nowMs, this.acceptor, out);
    this.#catchUp.onTick(this.#nowMs, this.acceptor, out);
    if (this.#role.kind === 'preparing' && this.#nowMs >= this.#role.repeatAtMs)
      this.#sendPrepares(this.#role, out);
    if (!this.#election.isDue(this.#nowMs)) return;
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
      case 'fetch':
        // Answered by the driver, from the log on disk.
        return;
    }
  }

  #canvass(out: StepBuilder): void {
    this.#follow(undefined, out);
    const ballot = {
      round: Math.max(this.#roundSeen, this.acceptor.promised.round) + 1,
      replica: this.#self,
    };
    const canvassing: Canvassing = { kind: 'canvassing', ballot, granted: new Set([this.#self]) };
    this.#role = canvassing;
    for (const id of this.#otherVoters()) out.send(id, { kind: 'canvass', ballot });
    this.#prepareIfGranted(canvassing, out);
  }

  /** Yes only if this replica, too, has lost the leader: nobody campaigns against one who is heard (T32). */
  #onCanvass(from: ReplicaId, ballot: Ballot, out: StepBuilder): void {
    const granted =
      this.#role.kind !== 'leading' &&
      this.#nowMs - this.#leaderHeardAtMs >= this.#timing.electionMinMs &&
      compareBallots(ballot, this.acceptor.promised) > 0 &&
      this.acceptor.rulings.isVoterFrom(this.acceptor.chosen + 1, from);
    out.send(from, { kind: 'canvassReply', ballot, granted, promised: this.acceptor.promised });
  }

  #prepareIfGranted(canvassing: Canvassing, out: StepBuilder): void {
    if (!this.acceptor.rulings.isQuorumFrom(this.acceptor.chosen + 1, canvassing.granted)) return;
    const ballot = canvassing.ballot;
    if (compareBallots(ballot, this.acceptor.promised) <= 0) return this.#follow(undefined, out);
    const preparing = beginPreparing(ballot, this.acceptor.chosen + 1);
    this.#role = preparing;
    this.#roundSeen = ballot.round;
    // The candidate's own promise makes the ballot durable before the first prepare leaves (T11).
    this.#promise(ballot, out);
    this.#delayElection();
    for (const part of this.acceptor.promiseParts(preparing.first)) out.sendAfterwards(this.#self, part);
    this.#sendPrepares(preparing, out);
  }

  #sendPrepares(preparing: Preparing, out: StepBuilder): void {
    preparing.repeatAtMs = this.#nowMs + this.#timing.repeatMs;
    const message: Prepare = { kind: 'prepare', ballot: preparing.ballot, first: preparing.first };
    for (const id of this.#otherVoters()) {
      if (!preparing.complete.has(id)) out.sendAfterwards(id, message);
    }
    const { chosen, holder } = highestChosen(preparing);
    if (chosen > this.acceptor.chosen) this.#catchUp.fetch(holder, this.#nowMs, this.acceptor, out);
  }

  #onPrepare(from: ReplicaId, message: Prepare, out: StepBuilder): void {
    if (!this.acceptor.rulings.isVoterFrom(this.acceptor.chosen + 1, from)) return;
    this.#roundSeen = Math.max(this.#roundSeen, message.ballot.round);
    const order = compareBallots(message.ballot, this.acceptor.promised);
    if (order < 0) return this.#refuse(from, message.ballot, out);
    if (order > 0) {
      this.#follow(undefined, out);
      this.#promise(message.ballot, out);
      this.#delayElection();
    }
    for (const part of this.acceptor.promiseParts(message.first)) out.sendAfterwards(from, part);
  }

  #leadIfPromised(preparing: Preparing, out: StepBuilder): void {
    const { rulings } = this.acceptor;
    if (!rulings.isQuorumFrom(preparing.first, preparing.complete)) return;
    const { chosen, holder } = highestChosen(preparing);
    if (chosen > this.acceptor.chosen) {
      // Slots below a promised mark are not in the promises: they are fetched first, as chosen (T5).
      this.#catchUp.fetch(holder, this.#nowMs, this.acceptor, out);
      return;
    }
    const recovered = recoveredValues(preparing, this.acceptor.chosen);
    const leader = new Leader(
      this.#self,
      preparing.ballot,
      recovered,
      this.acceptor,
      this.#timing,
      this.#nowMs,
    );
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
    const accepted = {
      kind: 'accepted',
      ballot: message.ballot,
      mark: this.acceptor.mark,
      gap,
      clockMs: this.#clockMs,
    } as const;
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
    this.#leaderHeardAtMs = this.#nowMs;
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
    this.#leaderHeardAtMs = Number.NEGATIVE_INFINITY;
    this.#election.hasten(this.#nowMs);
  }

  /** Raises the promise, and hears from itself when it is on disk. */
  #promise(ballot: Ballot, out: StepBuilder): void {
    this.acceptor.promise(ballot, out);
    out.sendAfterwards(this.#self, {
      kind: 'accepted',
      ballot,
      mark: this.acceptor.mark,
      gap: false,
      clockMs: 0,
    });
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

  #otherVoters(): ReplicaId[] {
    return this.acceptor.rulings.otherVotersFrom(this.acceptor.chosen + 1, this.#self);
  }
}
