/**
 * Stands in for a replica in the supervisor's tests: the same options, the same status page, no
 * consensus. The first one in the list of peers always leads. A file `fate` in its directory tells it
 * to end at once with that exit code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { optionsOrExit } from '../../src/command-line.ts';
import { parseOptions } from '../../src/options.ts';
import { replicaText } from '../../src/paxos/ballot.ts';

const options = optionsOrExit(() => parseOptions(process.argv.slice(2), process));
const fate = path.join(options.directory, 'fate');
if (existsSync(fate)) {
  console.error('my fate is sealed');
  process.exit(Number(readFileSync(fate, 'utf8')));
}

const { host, peerPort, adminPort } = options.addresses;
const id = replicaText(peerPort);
const leader = replicaText(options.peers[0]?.peerPort ?? 0);
const status = {
  id,
  role: id === leader ? 'leader' : 'follower',
  leader,
  ready: true,
  unreadyReasons: [],
};
createServer((_, response) => response.end(JSON.stringify(status))).listen(adminPort, host);

if (options.exitWithParent) process.stdin.on('end', () => process.exit(0)).resume();
process.on('SIGTERM', () => {
  console.log('goodbye');
  process.exit(0);
});
