/**
 * `npm run bench`: PaxosKV beside etcd and redis-server, on this machine, in one run. The figures
 * depend on the machine; the ratios depend on it much less.
 */
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { optionsOrExit } from '../node/src/command-line.ts';
import { measure } from './measure.ts';
import { parseBenchOptions } from './options.ts';
import { isOnPath } from './processes.ts';
import { ratiosOf } from './ratios.ts';
import { describeResults, resultsRecord } from './report.ts';
import type { System } from './system.ts';
import { etcd } from './systems/etcd.ts';
import { paxoskv } from './systems/paxoskv.ts';
import { redis } from './systems/redis.ts';

/** Linux's number for a file system in memory, where a sync costs nothing. */
const TMPFS_MAGIC = 0x0102_1994;

const options = optionsOrExit(() => parseBenchOptions(process.argv.slice(2)));
const dataFolder = path.join(import.meta.dirname, '../data');
mkdirSync(dataFolder, { recursive: true });
// All systems write below one directory, so that all of them have the same disk.
const directory = mkdtempSync(path.join(dataFolder, 'bench-'));
const systems = [paxoskv(), etcd(), redis()].filter(isInstalled);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAll().finally(() => process.exit(130)));
}

try {
  if (statfsSync(directory).type === TMPFS_MAGIC) {
    console.error(`${dataFolder} is in memory: a sync costs nothing there, so these figures mean little.`);
  }
  for (const system of systems) {
    console.error(`starting ${system.name}: ${system.setting}`);
    await system.start(path.join(directory, system.name));
  }
  const { loads, rounds, runSeconds } = options;
  const measurements = await measure(systems, loads, rounds, runSeconds, (text) => console.error(text));
  const ratios = ratiosOf(measurements);
  const settings = Object.fromEntries(systems.map((system) => [system.name, system.setting]));
  const record = resultsRecord(measurements, ratios, { rounds, runSeconds, settings });

  console.log(`\n${describeResults(measurements, ratios)}\n\nkept in ${keep(record)}`);
  if (options.json) console.log(JSON.stringify(record));
} finally {
  await stopAll();
}

function isInstalled(system: System): boolean {
  const missing = system.needs.filter((program) => !isOnPath(program));
  if (missing.length > 0) console.error(`skipping ${system.name}: no ${missing.join(', ')} on PATH`);
  return missing.length === 0;
}

function keep(record: Record<string, unknown>): string {
  const results = path.join(import.meta.dirname, 'results');
  mkdirSync(results, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}Z.json`;
  writeFileSync(path.join(results, name), `${JSON.stringify(record, undefined, 2)}\n`);
  return path.relative(process.cwd(), path.join(results, name));
}

async function stopAll(): Promise<void> {
  await Promise.all(systems.map((system) => system.stop()));
  rmSync(directory, { recursive: true, force: true });
}
