/** What surrounds the replica and may bring it down: its process, disk, heap, clock and certificate. Asked for at each scrape. */
import type { StatsFs } from 'node:fs';
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { DiskSpace } from './disk-space.ts';

export interface MachineSources {
  /** Where the log and the snapshots live. */
  readonly directory: string;
  /** How long the log's present write has taken; 0 while there is none. */
  writeUnderWayMs(): number;
  /** What records that are not on disk yet take of the memory. */
  unwrittenBytes(): number;
  /** When the certificate in force ends, in milliseconds since 1970; undefined without TLS. */
  certificateEndMs(): number | undefined;
}

/**
 * Of the limit that V8 tells: three semi-spaces for what is young, in Node.js 24 without options of their own. Data does not stay
 * there, and the process ends when the rest is full.
 */
export const YOUNG_BYTES = 3 * 64 * 1024 * 1024;

/** Precision of the event loop's delay: coarser than prom-client's 10 ms, since each sample is a wake-up. */
const EVENT_LOOP_SAMPLE_MS = 20;

export function registerMachineGauges(registry: Registry, sources: MachineSources): void {
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  registerDiskGauges(registry, sources.directory);
  const write: Gauge = new Gauge({
    name: 'paxoskv_log_write_under_way_seconds',
    help: 'How long the present write to the log has taken so far; 0 while there is none',
    registers,
    collect: () => write.set(sources.writeUnderWayMs() / 1000),
  });
  const unwritten: Gauge = new Gauge({
    name: 'paxoskv_log_unwritten_bytes',
    help: 'What records that are not on disk yet take of the memory; above 64 MiB no entries are taken in from peers',
    registers,
    collect: () => unwritten.set(sources.unwrittenBytes()),
  });
  new Gauge({
    name: 'paxoskv_heap_limit_bytes',
    help: 'What nodejs_heap_size_used_bytes may come to, but for what is young: beyond it the process ends',
    registers,
  }).set(getHeapStatistics().heap_size_limit - YOUNG_BYTES);
  const memory: Gauge = new Gauge({
    name: 'paxoskv_memory_limit_bytes',
    help: "What process_resident_memory_bytes may come to: the container's limit, or the memory of the machine where there is none",
    registers,
    collect: () => memory.set(memoryLimitBytes()),
  });
  const clock: Gauge = new Gauge({
    name: 'paxoskv_clock_seconds',
    help: "This machine's wall clock, in seconds since 1970, when the metrics were gathered: up to 1 s ago",
    registers,
    collect: () => clock.set(Date.now() / 1000),
  });
  const certificate: Gauge = new Gauge({
    name: 'paxoskv_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in force expires, in seconds since 1970; only with TLS',
    registers,
    collect: () => {
      certificate.remove();
      const endMs = sources.certificateEndMs();
      if (endMs !== undefined) certificate.set(endMs / 1000);
    },
  });
  // Without labels it would be there as 0 from the start.
  certificate.remove();
}

/** Without a limit the system tells none, or one that no machine has. */
export function memoryLimitBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

function registerDiskGauges(registry: Registry, directory: string): void {
  const space = new DiskSpace(directory);
  const gauge = (name: string, help: string, bytesOf: (fileSystem: StatsFs) => number): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      registers: [registry],
      collect: async () => {
        const fileSystem = await space.ask();
        if (fileSystem === undefined) made.remove();
        else made.set(bytesOf(fileSystem));
      },
    });
  };
  gauge(
    'paxoskv_disk_size_bytes',
    'Size of the file system of the data directory; left out while the disk does not say',
    ({ blocks, bsize }) => blocks * bsize,
  );
  gauge(
    'paxoskv_disk_free_bytes',
    'What is free of it for this process; left out while the disk does not say',
    ({ bavail, bsize }) => bavail * bsize,
  );
}
