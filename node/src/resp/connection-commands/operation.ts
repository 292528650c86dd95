/** Commands that ask about replication, and those that people try on a server to see how it does. */
import { parseInteger } from '../../kv/integer.ts';
import { NOT_AN_INTEGER } from '../../kv/refusals.ts';
import { ErrorReply, OK } from '../../kv/reply.ts';
import type { Reply } from '../../kv/reply.ts';
import type { ReplicaStatus } from '../../replica/door.ts';
import type { Answer } from '../answer.ts';
import type { Caller, ConnectionCommand } from './connection-command.ts';
import { connectionCommand, containerCommand } from './connection-command.ts';

const NEGATIVE_TIMEOUT = new ErrorReply('ERR timeout is negative');

export const OPERATION_COMMANDS: readonly ConnectionCommand[] = [
  connectionCommand('WAIT', 3, 'noscript', wait),
  connectionCommand('WAITAOF', 4, 'noscript', waitForDisks),
  connectionCommand('ROLE', 1, 'noscript loading stale fast', role),
  connectionCommand(
    'DEBUG',
    -2,
    'admin noscript loading stale',
    () => new ErrorReply('ERR DEBUG command not allowed'),
  ),
  containerCommand('SLOWLOG', 'admin loading stale', [
    {
      name: 'GET',
      arity: -2,
      usage: '[<count>]',
      help: 'Return nothing: slow commands are measured, not listed.',
      run: () => [],
    },
    { name: 'LEN', arity: 2, usage: '', help: 'Return 0.', run: () => 0 },
    { name: 'RESET', arity: 2, usage: '', help: 'Accepted.', run: () => OK },
  ]),
  containerCommand('LATENCY', 'admin noscript loading stale', [
    { name: 'LATEST', arity: 2, usage: '', help: 'Return nothing: see the metrics.', run: () => [] },
    { name: 'HISTORY', arity: 3, usage: '<event>', help: 'Return nothing: see the metrics.', run: () => [] },
    { name: 'RESET', arity: -2, usage: '[<event> ...]', help: 'Return 0.', run: () => 0 },
  ]),
  containerCommand('MEMORY', 'admin', [
    {
      name: 'DOCTOR',
      arity: 2,
      usage: '',
      help: 'Refer to the metrics.',
      run: () => 'The metrics of the process say how it uses memory.',
    },
  ]),
];

/**
 * A write is answered when a quorum has it on disk, and WAIT's own answer comes behind the answers of the
 * connection's writes: so nothing is left to wait for.
 */
function wait({ service }: Caller, args: readonly string[]): Answer {
  const refused = refuseNumbers(args);
  return refused ?? acknowledging(service.topology.status());
}

function waitForDisks({ service }: Caller, args: readonly string[]): Answer {
  const refused = refuseNumbers(args);
  return refused ?? [1, acknowledging(service.topology.status())];
}

function refuseNumbers(args: readonly string[]): ErrorReply | undefined {
  const numbers = args.map(parseInteger);
  if (numbers.includes(undefined)) return NOT_AN_INTEGER;
  const timeout = numbers.at(-1) ?? 0;
  return timeout < 0 ? NEGATIVE_TIMEOUT : undefined;
}

/** Voters besides this one that have acknowledged, at least: a quorum has, and the connected ones keep up with it. */
function acknowledging(status: ReplicaStatus): number {
  const voters = status.members.filter((member) => member.voter);
  const connected = voters.filter((member) => member.connected && member.id !== status.id).length;
  return Math.max(connected, Math.floor(voters.length / 2));
}

/** Redis's ROLE: this node is a master to its clients, the other members are its replicas. */
function role({ service }: Caller): Answer {
  const status = service.topology.status();
  const others = status.members.filter((member) => member.id !== status.id);
  const replicas = others.map(({ addresses }): Reply => [
    addresses.host,
    String(addresses.redisPort),
    String(status.applied),
  ]);
  return ['master', status.applied, replicas];
}
