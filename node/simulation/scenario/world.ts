/**
 * A few replicas whose disks, links and clocks move only when a scenario says so. Messages wait in
 * their links until they are delivered or dropped; facts wait until they are persisted.
 */
import assert from 'node:assert/strict';
import type { ReplicaId } from '../../src/paxos/ballot.ts';
import type { Configuration } from '../../src/paxos/configuration.ts';
import type { Value } from '../../src/paxos/entry.ts';
import type { Envelope, Event, Message } from '../../src/paxos/message.ts';
import { messageText } from '../../src/replica/message-text.ts';
import { ScenarioReplica } from './replica.ts';
import { nameOf } from './transcript.ts';

/** Time passes in steps: a core that is not ticked for 600 ms believes that its process stood still. */
const TICK_STEP_MS = 50;
/** Entries in one answer to a fetch: few, so that a story shows several. */
const FETCH_ENTRIES_MAX = 2;
/** Rounds of delivering and persisting after which a story that does not come to rest is a bug. */
const SETTLE_ROUNDS_MAX = 1000;

/** The core carries addresses and never looks at them. */
const ADDRESSES = {
  host: 'replica',
  peerPort: 7379,
  redisPort: 6379,
  clusterPort: 5379,
  httpPort: 8379,
  adminPort: 9379,
};

export class World {
  readonly #replicas: ScenarioReplica[] = [];
  readonly #transit = new Map<string, Message[]>();
  readonly #cuts = new Set<string>();
  #lines: string[] = [];
  #isQuiet = false;
  #reads = 0;

  /** The output since the last call. */
  takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Fresh replicas that know their configuration, which is slot 1, and nothing else. */
  form(replicaCount: number, alpha: number): void {
    for (let id = 1; id <= replicaCount; id += 1) this.#replicas.push(new ScenarioReplica(id));
    const configuration: Configuration = {
      version: 2,
      alpha,
      members: this.#replicas.map(({ id }) => ({ id, voter: true, addresses: ADDRESSES })),
      removed: [],
    };
    for (const { disk, id } of this.#replicas) {
      const value: Value = { kind: 'configuration', configuration };
      disk.write({ kind: 'entry', entry: { slot: 1, ballot: { round: 0, replica: 1 }, value } });
      disk.write({ kind: 'chosen', slot: 1 });
      this.replica(id).start();
    }
  }

  replica(id: ReplicaId): ScenarioReplica {
    const replica = this.#replicas[id - 1];
    assert(replica !== undefined, `there is no replica ${nameOf(id)}`);
    return replica;
  }

  get all(): readonly ScenarioReplica[] {
    return this.#replicas;
  }

  say(line: string): void {
    this.#lines.push(line);
  }

  /** It belongs to no cluster, and learns of one from whoever speaks to it. */
  addSpare(id: ReplicaId): void {
    assert(this.#replicas.length === id - 1, `${nameOf(id)} is not the next replica`);
    const spare = new ScenarioReplica(id);
    spare.nowMs = this.#replicas[0]?.nowMs ?? 0;
    this.#replicas.push(spare);
    this.restart(spare);
  }

  // --- Time -----------------------------------------------------------------------------------

  tick(replicas: readonly ScenarioReplica[], durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += TICK_STEP_MS) {
      for (const replica of replicas) this.#tickOnce(replica, Math.min(TICK_STEP_MS, durationMs - passedMs));
    }
  }

  /** Lets the replica's own clock run until it wants to lead. */
  campaign(replica: ScenarioReplica): void {
    for (let passedMs = 0; passedMs < 2_000; passedMs += TICK_STEP_MS) {
      const step = this.#tickOnce(replica, TICK_STEP_MS);
      if (step.some(({ message }) => message.kind === 'canvass')) return;
    }
    assert.fail(`${replica.name} does not campaign`);
  }

  /** Time passes and everything else happens at once: only the news is told. */
  pass(durationMs: number): void {
    this.#isQuiet = true;
    this.#settle();
    for (let passedMs = 0; passedMs < durationMs; passedMs += TICK_STEP_MS) {
      for (const replica of this.#replicas) this.#tickOnce(replica, TICK_STEP_MS);
      this.#settle();
    }
    this.#isQuiet = false;
  }

  #tickOnce(replica: ScenarioReplica, durationMs: number): readonly Envelope[] {
    replica.nowMs += durationMs;
    if (!replica.isUp) return [];
    const event: Event = { kind: 'tick', nowMs: replica.nowMs, clockMs: replica.nowMs };
    return this.#step(replica, event, `${replica.name}'s clock shows ${replica.nowMs} ms`, 'if anything');
  }

  // --- Links ----------------------------------------------------------------------------------

  cut(one: ReplicaId, other: ReplicaId): void {
    for (const link of [linkName(one, other), linkName(other, one)]) {
      this.#cuts.add(link);
      this.#transit.delete(link);
    }
  }

  /** The connection is made anew, and both ends are told. */
  mend(one: ReplicaId, other: ReplicaId): void {
    this.#cuts.delete(linkName(one, other));
    this.#cuts.delete(linkName(other, one));
    this.linkUp(one, other);
    this.linkUp(other, one);
  }

  linkUp(id: ReplicaId, peer: ReplicaId): void {
    const replica = this.replica(id);
    if (!replica.isUp || !this.replica(peer).isUp || this.#cuts.has(linkName(id, peer))) return;
    this.#step(
      replica,
      { kind: 'linkUp', peer },
      `${replica.name} has a link to ${nameOf(peer)}`,
      'if anything',
    );
  }

  /** Delivers what is in transit one way, at most `countMax` messages. */
  deliver(from: ReplicaId, to: ReplicaId, countMax: number): void {
    const replica = this.replica(to);
    for (const message of this.#takeTransit(from, to, countMax)) {
      const head = `${replica.name} hears from ${nameOf(from)}: ${messageText(message, nameOf)}`;
      if (!replica.isUp) this.say(`${head}: but it is down`);
      else if (message.kind === 'fetch') this.#serve(replica, from, message.from, head);
      else this.#step(replica, { kind: 'message', from, message }, head, 'always');
    }
  }

  drop(from: ReplicaId, to: ReplicaId, countMax: number): void {
    for (const message of this.#takeTransit(from, to, countMax)) {
      this.say(`lost on the way from ${nameOf(from)} to ${nameOf(to)}: ${messageText(message, nameOf)}`);
    }
  }

  /** Delivers what is in transit now and what is sent meanwhile, until nothing is. */
  deliverAll(): void {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round += 1) {
      const links = this.#replicas.flatMap((from) => this.#replicas.map((to) => [from.id, to.id] as const));
      const busy = links.filter(([from, to]) => (this.#transit.get(linkName(from, to))?.length ?? 0) > 0);
      if (busy.length === 0) return;
      for (const [from, to] of busy) this.deliver(from, to, Number.POSITIVE_INFINITY);
    }
    assert.fail('the messages do not come to an end');
  }

  /** What the driver of the real replica does: it reads what is chosen from its log. */
  #serve(replica: ScenarioReplica, to: ReplicaId, from: number, head: string): void {
    const entries = replica.disk.entries(from, Math.min(replica.disk.chosen, from + FETCH_ENTRIES_MAX - 1));
    const message: Message = { kind: 'chosen', entries };
    if (entries.length > 0) this.#send(replica, [{ to, message }]);
    if (this.#isQuiet) return;
    this.say(head);
    if (entries.length > 0) this.say(`  to ${nameOf(to)}: ${messageText(message, nameOf)}`);
  }

  #takeTransit(from: ReplicaId, to: ReplicaId, countMax: number): Message[] {
    return this.#transit.get(linkName(from, to))?.splice(0, countMax) ?? [];
  }

  // --- Processes and disks --------------------------------------------------------------------

  /** Everything gathered becomes durable; then leaves what speaks for it, to the replica itself too. */
  persist(replica: ScenarioReplica): void {
    const { written, envelopes } = replica.persist();
    if (!this.#isQuiet) this.say(`${replica.name} has written ${written.join('; ') || 'nothing new'}`);
    for (const envelope of envelopes) {
      const text = messageText(envelope.message, nameOf);
      if (envelope.to === replica.id) {
        const event: Event = { kind: 'message', from: replica.id, message: envelope.message };
        this.#step(replica, event, `  to itself: ${text}`, 'always');
      } else {
        this.#send(replica, [envelope]);
        if (this.#isQuiet) continue;
        const recipient = nameOf(envelope.to);
        this.say(`  to ${recipient}${this.#arrives(replica.id, envelope.to) ? '' : ' (in vain)'}: ${text}`);
      }
    }
  }

  /** Nobody is told, as when power fails. What the replica has sent is still under way. */
  crash(replica: ScenarioReplica): void {
    replica.crash();
    for (const peer of this.#replicas) this.#transit.delete(linkName(peer.id, replica.id));
  }

  restart(replica: ScenarioReplica): void {
    replica.start();
    for (const peer of this.#replicas) {
      if (peer === replica) continue;
      this.linkUp(replica.id, peer.id);
      this.linkUp(peer.id, replica.id);
    }
  }

  // --- Requests -------------------------------------------------------------------------------

  propose(replica: ScenarioReplica, text: string): void {
    const leadership = replica.core.leadership;
    if (leadership === undefined) return this.say(`${replica.name} does not lead`);
    if (!leadership.roomToPropose) return this.say(`${replica.name} may propose nothing now`);
    const value: Value = { kind: 'commands', bytes: Buffer.from(text) };
    this.#step(
      replica,
      { kind: 'propose', value, urgent: false },
      `${replica.name} proposes "${text}"`,
      'always',
    );
  }

  configure(replica: ScenarioReplica, voters: readonly ReplicaId[], learners: readonly ReplicaId[]): void {
    const { latest } = replica.core.acceptor.rulings;
    assert(latest !== undefined && replica.core.leadership?.mayConfigure === true, `${replica.name} may not`);
    const members = [...voters, ...learners].map((id) => ({
      id,
      voter: voters.includes(id),
      addresses: ADDRESSES,
    }));
    const left = latest.members
      .map(({ id }) => id)
      .filter((id) => members.every((member) => member.id !== id));
    const configuration = { ...latest, members, removed: [...latest.removed, ...left] };
    this.#step(
      replica,
      { kind: 'configure', configuration },
      `${replica.name} changes the members`,
      'always',
    );
  }

  transfer(replica: ScenarioReplica, to: ReplicaId): void {
    assert(replica.core.leadership?.mayTransfer === true, `${replica.name} may not`);
    this.#step(replica, { kind: 'transfer', to }, `${replica.name} hands over to ${nameOf(to)}`, 'always');
  }

  read(replica: ScenarioReplica): void {
    this.#reads += 1;
    this.#step(
      replica,
      { kind: 'read', id: this.#reads, nowMs: replica.nowMs },
      `${replica.name} is asked for read ${this.#reads}`,
      'always',
    );
  }

  // --- Steps ----------------------------------------------------------------------------------

  #step(
    replica: ScenarioReplica,
    event: Event,
    head: string,
    tell: 'always' | 'if anything',
  ): readonly Envelope[] {
    const { lines, news, messages } = replica.step(event, (to) => this.#arrives(replica.id, to));
    this.#send(replica, messages);
    if (this.#isQuiet) {
      for (const line of news) this.say(`${replica.name} ${line}`);
      return messages;
    }
    if (tell === 'always' || lines.length > 0) this.say(head);
    const indentation = head.startsWith('  ') ? '    ' : '  ';
    for (const line of lines) this.say(indentation + line);
    return messages;
  }

  #send(from: ScenarioReplica, envelopes: readonly Envelope[]): void {
    for (const { to, message } of envelopes) {
      if (!this.#arrives(from.id, to)) continue;
      const link = linkName(from.id, to);
      const queue = this.#transit.get(link);
      if (queue === undefined) this.#transit.set(link, [message]);
      else queue.push(message);
    }
  }

  #arrives(from: ReplicaId, to: ReplicaId): boolean {
    return this.replica(to).isUp && !this.#cuts.has(linkName(from, to));
  }

  #settle(): void {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round += 1) {
      this.deliverAll();
      const busy = this.#replicas.filter((replica) => replica.hasUnwritten);
      if (busy.length === 0) return;
      for (const replica of busy) this.persist(replica);
    }
    assert.fail('the cluster does not come to rest');
  }
}

function linkName(from: ReplicaId, to: ReplicaId): string {
  return `${from} ${to}`;
}
