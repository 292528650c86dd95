/** CLUSTER and its companions: the layout as Redis Cluster describes it, for clients that route by themselves. */
import { parseInteger } from '../../kv/integer.ts';
import { ErrorReply, MapReply, OK } from '../../kv/reply.ts';
import type { Reply } from '../../kv/reply.ts';
import type { PeerStatus, ReplicaStatus } from '../../replica/door.ts';
import type { Answer } from '../answer.ts';
import { keySlot, slotCount } from '../key-slot.ts';
import { isHealthy, leaderOf, nodeId } from '../topology.ts';
import type { Caller, ConnectionCommand } from './connection-command.ts';
import { connectionCommand, containerCommand } from './connection-command.ts';

const SLOT_LAST = slotCount - 1;

export const CLUSTER_COMMANDS: readonly ConnectionCommand[] = [
  containerCommand('CLUSTER', 'stale', [
    {
      name: 'INFO',
      arity: 2,
      usage: '',
      help: 'Return information about the cluster.',
      run: ({ service }) => clusterInfo(service.topology.status()),
    },
    {
      name: 'SLOTS',
      arity: 2,
      usage: '',
      help: 'Return the one range of slots, its leader first, then the other voters.',
      run: ({ service }) => clusterSlots(service.topology.status()),
    },
    {
      name: 'SHARDS',
      arity: 2,
      usage: '',
      help: 'Return the one shard and its nodes.',
      run: ({ service }) => clusterShards(service.topology.status()),
    },
    {
      name: 'NODES',
      arity: 2,
      usage: '',
      help: 'Return the members, one line each.',
      run: ({ service }) => clusterNodes(service.topology.status()),
    },
    {
      name: 'MYID',
      arity: 2,
      usage: '',
      help: 'Return the id of this node.',
      run: ({ service }) => nodeId(service.topology.status().id),
    },
    {
      name: 'KEYSLOT',
      arity: 3,
      usage: '<key>',
      help: 'Return the hash slot of <key>.',
      run: (_caller, args) => keySlot(args[1] as string),
    },
    {
      name: 'COUNTKEYSINSLOT',
      arity: 3,
      usage: '<slot>',
      help: 'Refused: keys are not counted by slot.',
      run: countKeysInSlot,
    },
  ]),
  connectionCommand('READONLY', 1, 'loading stale fast', ({ client }) => {
    client.readOnly = true;
    return OK;
  }),
  connectionCommand('READWRITE', 1, 'loading stale fast', ({ client }) => {
    client.readOnly = false;
    return OK;
  }),
  // Slots never migrate, so there is nothing to ask for; clients that ask are let through.
  connectionCommand('ASKING', 1, 'fast', () => OK),
];

/** The leader first, then the other voters that seem to be there. Learners are left out: they may be far behind. */
function serving(status: ReplicaStatus, leader: PeerStatus): PeerStatus[] {
  const others = status.members.filter(
    (member) => member.voter && member !== leader && isHealthy(status, member),
  );
  return [leader, ...others];
}

function clusterInfo(status: ReplicaStatus): string {
  const sound = leaderOf(status) !== undefined;
  const lines = [
    `cluster_state:${sound ? 'ok' : 'fail'}`,
    `cluster_slots_assigned:${sound ? slotCount : 0}`,
    `cluster_slots_ok:${sound ? slotCount : 0}`,
    'cluster_slots_pfail:0',
    'cluster_slots_fail:0',
    `cluster_known_nodes:${status.members.length}`,
    `cluster_size:${sound ? 1 : 0}`,
    `cluster_current_epoch:${status.ballot.round}`,
    `cluster_my_epoch:${status.ballot.round}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Empty while no leader is known: a client then asks again, instead of writing to somebody who can't. */
function clusterSlots(status: ReplicaStatus): Answer {
  const leader = leaderOf(status);
  if (leader === undefined) return [];
  const nodes = serving(status, leader).map(({ id, addresses }): Reply => [
    addresses.host,
    addresses.clusterPort,
    nodeId(id),
    [],
  ]);
  return [[0, SLOT_LAST, ...nodes]];
}

function clusterShards(status: ReplicaStatus): Answer {
  const leader = leaderOf(status);
  if (leader === undefined) return [];
  const nodes = status.members.map(
    (member): Reply =>
      new MapReply([
        ['id', nodeId(member.id)],
        ['port', member.addresses.clusterPort],
        ['ip', member.addresses.host],
        ['endpoint', member.addresses.host],
        ['role', member === leader ? 'master' : 'replica'],
        ['replication-offset', status.applied],
        ['health', health(status, member)],
      ]),
  );
  return [
    new MapReply([
      ['slots', [0, SLOT_LAST]],
      ['nodes', nodes],
    ]),
  ];
}

function health(status: ReplicaStatus, member: PeerStatus): string {
  if (!isHealthy(status, member)) return 'fail';
  return member.voter ? 'online' : 'loading';
}

function clusterNodes(status: ReplicaStatus): string {
  const leader = leaderOf(status);
  let text = '';
  for (const member of status.members) {
    const { id, addresses } = member;
    const leads = member === leader;
    const flags = [
      id === status.id ? 'myself' : '',
      leads ? 'master' : 'slave',
      isHealthy(status, member) ? '' : 'fail',
    ];
    const master = leads || leader === undefined ? '-' : nodeId(leader.id);
    const link = isHealthy(status, member) ? 'connected' : 'disconnected';
    text +=
      `${nodeId(id)} ${addresses.host}:${addresses.clusterPort}@${addresses.peerPort} ` +
      `${flags.filter((flag) => flag !== '').join(',')} ${master} 0 0 ${status.ballot.round} ${link}` +
      `${leads ? ` 0-${SLOT_LAST}` : ''}\n`;
  }
  return text;
}

function countKeysInSlot(_caller: Caller, args: readonly string[]): Answer {
  const slot = parseInteger(args[1] as string);
  if (typeof slot !== 'number' || slot < 0 || slot > SLOT_LAST) return new ErrorReply('ERR Invalid slot');
  return new ErrorReply('ERR keys are not counted by slot: one shard holds them all, DBSIZE counts it');
}
