/**
 * `npm run bench:transfer`: how long nobody's writes are acknowledged when the lead is handed over. Three replicas as `npm start`
 * runs them, clients at all of them, and one transfer after the other to whichever voter is level.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { allReady, leaderOf, reportOf } from '../../node/local/cluster-watch.ts';
import { freePortBase } from '../../node/local/free-ports.ts';
import { describeEvent } from '../../node/local/messages.ts';
import { REPLICA_PROGRAM, Supervisor } from '../../node/local/supervisor.ts';
import { OPEN_ACCESS } from '../../node/src/access-options.ts';
import { CommandLine, describeOptions, type OptionSpec, optionsOrExit } from '../../node/src/command-line.ts';
import { until } from '../processes.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { Writer } from './writer.ts';

const REPLICAS = 3;
/** A gap is looked for so long before a transfer is asked for, and after it was answered. */
const AROUND_MS = 100;
/** Between two transfers: everybody is at rest again. */
const BETWEEN_MS = 300;

const SPECS: readonly OptionSpec[] = [
  { name: 'clients', value: 'N', help: 'clients, each with one write out at a time', fallback: '50' },
  { name: 'transfers', value: 'N', help: 'how often the lead is handed over', fallback: '20' },
  { name: 'json', help: 'end with one line of JSON' },
  { name: 'help', help: 'print this text' },
];

const options = optionsOrExit(() => {
  const line = new CommandLine(SPECS, process.argv.slice(2));
  if (line.has('help')) {
    return `Measures a transfer of the lead: npm run bench:transfer -- [options]\n\n${describeOptions(SPECS)}`;
  }
  const [clients, transfers] = [line.integer('clients', 1, 1_000), line.integer('transfers', 1, 1_000)];
  return { clients, transfers, json: line.has('json') };
});

const dataFolder = path.join(import.meta.dirname, '../../data');
mkdirSync(dataFolder, { recursive: true });
const directory = mkdtempSync(path.join(dataFolder, 'bench-transfer-'));
const supervisor = new Supervisor(
  {
    replicas: REPLICAS,
    directory,
    portBase: await freePortBase(REPLICAS),
    verbose: false,
    restart: false,
    crashRoute: false,
    access: OPEN_ACCESS,
    program: REPLICA_PROGRAM,
  },
  (event) => {
    if (event.kind !== 'started' && event.kind !== 'line') console.error(describeEvent(event));
  },
);
const { addresses } = supervisor;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));
}

try {
  supervisor.start();
  await until('PaxosKV is ready', async () => (allReady(await reportOf(addresses)) ? true : undefined));
  const gapsMs = await measure();
  const sorted = gapsMs.toSorted((a, b) => a - b);
  const medianMs = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const maxMs = sorted.at(-1) ?? Number.NaN;
  console.log(
    `${gapsMs.length} transfers under ${options.clients} clients: no write was acknowledged for ` +
      `${medianMs.toFixed(1)} ms (median), ${maxMs.toFixed(1)} ms (longest)`,
  );
  if (options.json) console.log(JSON.stringify({ ...options, medianMs, maxMs, gapsMs }));
} finally {
  await stopAll();
}

async function measure(): Promise<number[]> {
  const acknowledgements = new Acknowledgements();
  const writers = await Promise.all(
    Array.from({ length: options.clients }, (_, index) =>
      Writer.open(addresses[index % REPLICAS]?.redisPort ?? 0, `key:${index}`, () => {
        acknowledgements.note(performance.now());
      }),
    ),
  );
  const failed = Promise.all(writers.map((writer) => writer.ended));
  const gapsMs: number[] = [];
  const measured = (async () => {
    for (let transfer = 0; transfer < options.transfers; transfer += 1) {
      await pause(BETWEEN_MS);
      const fromMs = performance.now() - AROUND_MS;
      const text = await transferOnce();
      await pause(AROUND_MS * 2);
      gapsMs.push(acknowledgements.longestGapMs(fromMs, performance.now() - AROUND_MS));
      console.error(`${gapsMs.at(-1)?.toFixed(1)} ms: ${text.trim()}`);
    }
    for (const writer of writers) writer.stop();
  })();
  await Promise.race([measured, failed.then(() => measured)]);
  await Promise.all([measured, failed]);
  const retries = writers.reduce((sum, writer) => sum + writer.retries, 0);
  console.error(`${retries} writes were not done and sent again; none failed`);
  return gapsMs;
}

/** Answers with what the leader said. */
async function transferOnce(): Promise<string> {
  const leader = addresses[leaderOf(await reportOf(addresses)) ?? 0];
  const response = await fetch(`http://127.0.0.1:${leader?.adminPort}/v1/transfer`, { method: 'POST' });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`a transfer was answered ${response.status}: ${text}`);
  return text;
}

async function stopAll(): Promise<void> {
  await supervisor.stop();
  rmSync(directory, { recursive: true, force: true });
}
