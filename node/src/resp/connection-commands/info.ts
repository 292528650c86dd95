/** INFO: Redis's fields, as far as they are true of us, and our own under `# PaxosKV`. */
import { ballotText, replicaText } from '../../paxos/ballot.ts';
import type { ReplicaStatus } from '../../replica/door.ts';
import type { Answer } from '../answer.ts';
import { clientsMax } from '../limits.ts';
import { nodeId } from '../topology.ts';
import type { Service } from '../service.ts';
import { paxoskvVersion, redisVersion } from '../version.ts';
import type { Caller } from './connection-command.ts';
import { connectionCommand } from './connection-command.ts';

type Fields = Record<string, string | number>;
type Section = (service: Service, status: ReplicaStatus) => Fields;

const SECTIONS: Readonly<Record<string, Section>> = {
  Server: server,
  Clients: clients,
  Memory: memory,
  Persistence: persistence,
  Stats: stats,
  Replication: replication,
  CPU: processor,
  Cluster: (service) => ({ cluster_enabled: service.mode === 'cluster' ? 1 : 0 }),
  Keyspace: keyspace,
  PaxosKV: paxoskv,
};

const EVERYTHING = ['all', 'default', 'everything'];

export const INFO_COMMAND = connectionCommand('INFO', -1, 'loading stale', info);

function info({ service }: Caller, args: readonly string[]): Answer {
  const wanted = new Set(args.map((name) => name.toLowerCase()));
  const all = args.length === 0 || EVERYTHING.some((name) => wanted.has(name));
  const status = service.topology.status();
  const parts: string[] = [];
  for (const [name, section] of Object.entries(SECTIONS)) {
    if (!all && !wanted.has(name.toLowerCase())) continue;
    const lines = Object.entries(section(service, status)).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${name}\r\n${lines.join('')}`);
  }
  return parts.join('\r\n');
}

function server(service: Service, status: ReplicaStatus): Fields {
  const seconds = Math.floor(status.uptimeMs / 1000);
  return {
    redis_version: redisVersion,
    redis_mode: service.mode === 'cluster' ? 'cluster' : 'standalone',
    paxoskv_version: paxoskvVersion,
    os: process.platform,
    arch_bits: 64,
    multiplexing_api: 'libuv',
    process_id: process.pid,
    run_id: nodeId(status.id),
    tcp_port: service.port,
    server_time_usec: Math.floor(service.clock() * 1000),
    uptime_in_seconds: seconds,
    uptime_in_days: Math.floor(seconds / 86_400),
  };
}

function clients(service: Service): Fields {
  return {
    connected_clients: service.clients.size,
    maxclients: clientsMax,
    blocked_clients: 0,
    tracking_clients: 0,
  };
}

function memory(service: Service, status: ReplicaStatus): Fields {
  const usage = process.memoryUsage();
  const used = usage.heapUsed + usage.external;
  return {
    used_memory: used,
    used_memory_human: `${(used / 1024 / 1024).toFixed(2)}M`,
    used_memory_rss: usage.rss,
    used_memory_peak: usage.heapTotal + usage.external,
    used_memory_dataset: status.data.bytes,
    maxmemory: status.data.quotaBytes,
    mem_clients_normal: service.memory.bytes,
    maxmemory_policy: 'noeviction',
    mem_allocator: 'v8',
  };
}

function persistence(_service: Service, status: ReplicaStatus): Fields {
  return {
    loading: 0,
    async_loading: 0,
    aof_enabled: 1,
    aof_last_write_status: status.data.diskFull ? 'err' : 'ok',
    rdb_last_bgsave_status: 'ok',
  };
}

function stats({ statistics }: Service): Fields {
  return {
    total_connections_received: statistics.connectionsReceived,
    total_commands_processed: statistics.commandsProcessed,
    rejected_connections: statistics.connectionsRejected,
    evicted_keys: 0,
  };
}

/** Every replica takes writes, so to a client that routes by role each of them is a master. */
function replication(_service: Service, status: ReplicaStatus): Fields {
  const others = status.members.filter((member) => member.id !== status.id);
  return {
    role: 'master',
    connected_slaves: others.filter((member) => member.connected).length,
    master_replid: nodeId(status.id),
    master_repl_offset: status.applied,
  };
}

function processor(): Fields {
  const usage = process.cpuUsage();
  return {
    used_cpu_sys: (usage.system / 1e6).toFixed(6),
    used_cpu_user: (usage.user / 1e6).toFixed(6),
  };
}

/** Redis leaves an empty database out. Keys with a deadline are not counted, so none are claimed. */
function keyspace(_service: Service, status: ReplicaStatus): Fields {
  return status.keys === 0 ? {} : { db0: `keys=${status.keys},expires=0,avg_ttl=0` };
}

function paxoskv(_service: Service, status: ReplicaStatus): Fields {
  return {
    replica_id: replicaText(status.id),
    cluster_id: status.cluster ?? '',
    paxos_role: status.role,
    leader_id: status.leader === undefined ? '' : replicaText(status.leader),
    ballot: ballotText(status.ballot),
    chosen_slot: status.chosen,
    applied_slot: status.applied,
    revision: status.revision,
    members: status.members.length,
    ready: status.ready ? 1 : 0,
  };
}
