/** What `npm start` prints. */
import type { AccessFiles } from '../src/access-options.ts';
import type { Addresses } from '../src/paxos/configuration.ts';
import type { ReplicaProcessEvent } from './replica-process.ts';

/** The line for an event of a process; undefined for those that nobody needs to read. */
export function describeEvent(event: ReplicaProcessEvent): string | undefined {
  switch (event.kind) {
    case 'started':
      return `replica ${event.index} started, pid ${event.pid}`;
    case 'line':
      return `[${event.index}] ${event.text}`;
    case 'died':
      return `replica ${event.index} (pid ${event.pid}) died: ${event.how}`;
    case 'restarting':
      return event.delayMs === 0 ? undefined : `replica ${event.index} starts again in ${event.delayMs} ms`;
    case 'givenUp':
      return `replica ${event.index} is not started again: ${event.reason}`;
  }
}

/** The table of endpoints, and what to try first. */
export function describeCluster(
  addresses: readonly Addresses[],
  leader: number,
  access: AccessFiles,
): string {
  const host = addresses[0]?.host ?? '';
  const rows = addresses.map((each, index) => [
    `${index}`,
    ...[each.redisPort, each.clusterPort, each.httpPort, each.adminPort, each.peerPort].map(String),
    index === leader ? 'leads' : 'follows',
  ]);
  const table = [['replica', 'redis', 'cluster', 'http', 'admin', 'peers', ''], ...rows].map((row) =>
    row
      .map((cell) => cell.padEnd(9))
      .join('')
      .trimEnd(),
  );
  const port = addresses[leader]?.redisPort;
  const scheme = access.tls === undefined ? 'http' : 'https';
  return [
    `The cluster is ready on ${host}:`,
    '',
    ...table.map((row) => `  ${row}`),
    '',
    `Try: redis-cli -p ${port}${redisCliOptions(access)} set greeting hello`,
    `Look: ${scheme}://${host}:${addresses[0]?.adminPort}/console/`,
    'Ctrl-C ends it; the data stays.',
  ].join('\n');
}

/** What `redis-cli` needs to be let in; the password stays in its file. */
function redisCliOptions({ password, tls }: AccessFiles): string {
  const secure = tls === undefined ? '' : ` --tls --cacert ${quoted(tls.authority)}`;
  const shown = tls?.clientAuthority === undefined ? '' : ' --cert CERTIFICATE --key KEY';
  const given = password === undefined ? '' : ` -a "$(head -n 1 ${quoted(password)})"`;
  return secure + shown + given;
}

/** A file's name as one word of a shell. */
function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
