/** What the cluster port answers to a command with keys that it does not serve. */
import { ErrorReply } from '../kv/reply.ts';
import type { Client } from './client.ts';
import type { CommandEntry } from './command-table.ts';
import { keysOf } from './connection-commands/command-command.ts';
import type { Topology } from './topology.ts';

/** Undefined when the request may be served here. */
export function redirectionOf(
  topology: Topology,
  client: Client,
  entry: CommandEntry,
  args: readonly string[],
  nowMs: number,
): ErrorReply | undefined {
  if (topology.leadsHere(nowMs)) return undefined;
  if (entry.data?.access === 'read' && client.readOnly) return undefined;
  const key = keysOf(entry, args)[0];
  return key === undefined ? undefined : new ErrorReply(topology.redirection(key, nowMs));
}
