/** `npm start`: a cluster of replicas on this machine, one process each, until Ctrl-C. */
import { optionsOrExit } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import { requireFreePorts } from './free-ports.ts';
import { parseLocalOptions } from './options.ts';
import { runLocalCluster } from './local-cluster.ts';
import { REPLICA_PROGRAM } from './supervisor.ts';

const options = optionsOrExit(() => parseLocalOptions(process.argv.slice(2)));

try {
  await requireFreePorts(options.portBase, options.replicas);
} catch (error) {
  if (!(error instanceof InvalidInput)) throw error;
  console.error(error.message);
  process.exit(2);
}

const goodbye = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => goodbye.abort());

const code = await runLocalCluster({ ...options, program: REPLICA_PROGRAM }, console.log, goodbye.signal);
process.exit(code);
