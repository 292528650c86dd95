/**
 * Lets the systems meet the loads. All of them run all the time, idle but for the one whose turn it is, and
 * they take turns within every round: whatever else the machine does meanwhile, it does to all of them.
 */
import { cpuSeconds } from './cpu.ts';
import type { Load } from './load.ts';
import type { LoadResult, System, SystemName } from './system.ts';

export interface Measurement extends LoadResult {
  readonly operations: number;
  /** Of all the system's server processes; undefined where it can't be known. */
  readonly cpuUsPerOperation: number | undefined;
}

/** By load, then by system: one measurement for each round. */
export type Measurements = ReadonlyMap<string, ReadonlyMap<SystemName, readonly Measurement[]>>;

/** A first run shorter than this says little about the rate, and leaves a cold server cold. */
const WARM_SECONDS = 0.4;
const FIRST_OPERATIONS_MIN = 500;
const FIRST_OPERATIONS_PER_SLOT = 5;
const GROWTH = 4;

export async function measure(
  systems: readonly System[],
  loads: readonly Load[],
  rounds: number,
  runSeconds: number,
  progress: (text: string) => void,
): Promise<Measurements> {
  const all = new Map<string, Map<SystemName, Measurement[]>>();
  for (const load of loads) {
    const counts = new Map<SystemName, number>();
    for (const system of systems) {
      progress(`${load.name}: warming up ${system.name}`);
      counts.set(system.name, Math.ceil((await warmUp(system, load)) * runSeconds));
    }
    const bySystem = new Map<SystemName, Measurement[]>(systems.map((system) => [system.name, []]));
    all.set(load.name, bySystem);
    for (let round = 1; round <= rounds; round += 1) {
      for (const system of systems) {
        progress(`${load.name}: round ${round} of ${rounds}, ${system.name}`);
        bySystem.get(system.name)?.push(await measureOnce(system, load, counts.get(system.name) ?? 1));
      }
    }
  }
  return all;
}

/** Answers with operations per second, roughly. */
async function warmUp(system: System, load: Load): Promise<number> {
  let operations = Math.max(FIRST_OPERATIONS_MIN, load.clients * load.pipeline * FIRST_OPERATIONS_PER_SLOT);
  for (;;) {
    const { operationsPerSecond } = await system.run(load, operations);
    if (operations / operationsPerSecond >= WARM_SECONDS) return operationsPerSecond;
    operations *= GROWTH;
  }
}

async function measureOnce(system: System, load: Load, operations: number): Promise<Measurement> {
  const pids = system.pids();
  const before = cpuSeconds(pids);
  const result = await system.run(load, operations);
  const after = cpuSeconds(system.pids());
  const cpuUsPerOperation =
    before === undefined || after === undefined ? undefined : ((after - before) * 1e6) / operations;
  return { ...result, operations, cpuUsPerOperation };
}
