/** `npm start`: a cluster of replicas on this machine, one process each, until Ctrl-C. */
import { optionsOrExit } from '../src/command-line.ts';
import { InvalidInput } from '../src/errors.ts';
import { requireFreePorts } from './free-ports.ts';
import { parseLocalOptions } from './options.ts';
import { runLocalCluster } from './local-cluster.ts';
import { REPLICA_PROGRAM } from './supervisor.ts';

const options = optionsOrExit(() => parseLocalOptions(process.argv.slice(2)));

const goodbye = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => goodbye.abort());

try {
  await requireFreePorts(options.portBase, options.replicas);
  const all = { ...options, program: REPLICA_PROGRAM };
  process.exit(await runLocalCluster(all, console.log, goodbye.signal));
} catch (error) {
  if (!(error instanceof InvalidInput)) throw error;
  console.error(error.message);
  process.exit(2);
}
