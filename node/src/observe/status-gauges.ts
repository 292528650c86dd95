/** What a replica says about itself when it is asked, as gauges; read once for each scrape. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { replicaText } from '../paxos/ballot.ts';
import type { PeerStatus, ReplicaStatus } from '../replica/door.ts';

/** Gauges without labels: name, meaning, and where the number comes from. */
const PLAIN: readonly (readonly [string, string, (status: ReplicaStatus) => number])[] = [
  [
    'paxoskv_has_leader',
    '1 when this replica knows a leader',
    (status) => Number(status.leader !== undefined),
  ],
  ['paxoskv_is_leader', '1 when this replica leads', (status) => Number(status.role === 'leader')],
  [
    'paxoskv_is_learner',
    '1 when this replica is a member without a vote',
    (status) => Number(own(status)?.voter === false),
  ],
  [
    'paxoskv_is_voter',
    '1 when this replica is a member with a vote; neither this nor a learner: its id is no member',
    (status) => Number(own(status)?.voter === true),
  ],
  ['paxoskv_is_ready', '1 when /readyz answers 200', (status) => Number(status.ready)],
  ['paxoskv_ballot_round', 'Round of the ballot that this replica follows', (status) => status.ballot.round],
  [
    'paxoskv_promised_ballot_round',
    'Round of the highest ballot that this replica has promised',
    (status) => status.promised.round,
  ],
  ['paxoskv_chosen_slot', 'Highest slot known to be chosen, with all below it', (status) => status.chosen],
  ['paxoskv_applied_slot', 'Highest slot applied to the store', (status) => status.applied],
  [
    'paxoskv_durable_slot',
    'Highest slot that this replica may speak for: on its disk as accepted in the present ballot, or known to be chosen',
    (status) => status.durable,
  ],
  ['paxoskv_revision', 'Revision of the store: changes applied so far', (status) => status.revision],
  ['paxoskv_keys', 'Keys in the store', (status) => status.keys],
  [
    'paxoskv_sessions',
    'Sessions that are open, of clients that want their writes done once',
    (status) => status.sessions.open,
  ],
  [
    'paxoskv_data_bytes',
    'What the data quota counts: keys, values, and what each costs',
    (status) => status.data.bytes,
  ],
  [
    'paxoskv_data_quota_bytes',
    'What that may come to; 0 without a quota',
    (status) => status.data.quotaBytes,
  ],
  [
    'paxoskv_growth_stopped_by_disk',
    "1 while the leader's disk is full: what makes the data larger is refused",
    (status) => Number(status.data.diskFull),
  ],
];

export class StatusGauges {
  readonly #evicted: Counter;
  readonly #plain: readonly (readonly [Gauge, (status: ReplicaStatus) => number])[];
  readonly #members: Gauge;
  readonly #memberInfo: Gauge;
  readonly #connected: Gauge;
  readonly #lag: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#evicted = new Counter({
      name: 'paxoskv_sessions_evicted_total',
      help: 'Sessions that were evicted because there were too many, since this process has its present state',
      registers,
    });
    this.#plain = PLAIN.map(([name, help, numberOf]) => [new Gauge({ name, help, registers }), numberOf]);
    this.#members = new Gauge({
      name: 'paxoskv_members',
      help: 'Members of the cluster as this replica knows them, by role (voter, learner)',
      labelNames: ['role'],
      registers,
    });
    this.#memberInfo = new Gauge({
      name: 'paxoskv_member_info',
      help: 'Always 1: for each member, this replica too, the address of its peer port and its role (voter, learner)',
      labelNames: ['peer', 'address', 'role'],
      registers,
    });
    this.#connected = new Gauge({
      name: 'paxoskv_peer_connected',
      help: '1 when the link to this peer is up in both directions',
      labelNames: ['peer'],
      registers,
    });
    this.#lag = new Gauge({
      name: 'paxoskv_peer_lag_slots',
      help: "Slots by which this peer is behind the leader's last one; at the leader only",
      labelNames: ['peer'],
      registers,
    });
  }

  collect(status: ReplicaStatus): void {
    for (const [gauge, numberOf] of this.#plain) gauge.set(numberOf(status));
    this.#evicted.reset();
    this.#evicted.inc(status.sessions.evicted);
    const voters = status.members.filter((member) => member.voter).length;
    this.#members.set({ role: 'voter' }, voters);
    this.#members.set({ role: 'learner' }, status.members.length - voters);
    // A member that was removed, or a lead that was lost, must not leave its last number behind.
    this.#memberInfo.reset();
    this.#connected.reset();
    this.#lag.reset();
    for (const member of status.members) {
      const peer = replicaText(member.id);
      const address = `${member.addresses.host}:${member.addresses.peerPort}`;
      this.#memberInfo.set({ peer, address, role: member.voter ? 'voter' : 'learner' }, 1);
      if (member.id === status.id) continue;
      this.#connected.set({ peer }, Number(member.connected));
      if (member.lagSlots !== undefined) this.#lag.set({ peer }, member.lagSlots);
    }
  }
}

function own(status: ReplicaStatus): PeerStatus | undefined {
  return status.members.find((member) => member.id === status.id);
}
