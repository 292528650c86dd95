/** The results, for people and for programs. */
import { cpus, release, totalmem } from 'node:os';
import type { Measurement, Measurements } from './measure.ts';
import { medianOf, type Ratio, type Ratios } from './ratios.ts';

/** Three significant digits: the machine is not steadier than that. */
const DIGITS = 3;

/** A table of medians, then the ratios with their spread. */
export function describeResults(measurements: Measurements, ratios: Ratios): string {
  const rows = [...measurements].flatMap(([load, bySystem]) =>
    [...bySystem].map(([system, rounds]) => [
      load,
      system,
      format(median(rounds, (each) => each.operationsPerSecond)),
      format(median(rounds, (each) => each.p50Ms)),
      format(median(rounds, (each) => each.p99Ms)),
      format(median(rounds, (each) => each.cpuUsPerOperation)),
    ]),
  );
  const ratioRows = Object.entries(ratios).flatMap(([name, ratio]) =>
    ratio === undefined ? [] : [[name, format(ratio.median), `${format(ratio.min)}..${format(ratio.max)}`]],
  );
  return [
    table([['load', 'system', 'ops/s', 'p50 ms', 'p99 ms', 'server CPU µs/op'], ...rows]),
    table([['paxoskv / other', 'ratio', 'rounds'], ...ratioRows]),
  ].join('\n\n');
}

/** What is kept: every figure of every round, and what they were measured on. */
export function resultsRecord(
  measurements: Measurements,
  ratios: Ratios,
  setting: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const numbers = (pick: (ratio: Ratio) => unknown) =>
    Object.fromEntries(
      Object.entries(ratios).map(([name, ratio]) => [name, ratio === undefined ? null : pick(ratio)]),
    );
  return {
    date: new Date().toISOString(),
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      memoryBytes: totalmem(),
      kernel: release(),
      node: process.version,
    },
    ...setting,
    ratios: numbers((ratio) => rounded(ratio.median)),
    ratioRanges: numbers((ratio) => [rounded(ratio.min), rounded(ratio.max)]),
    measurements: Object.fromEntries(
      [...measurements].map(([load, bySystem]) => [load, Object.fromEntries(bySystem)]),
    ),
  };
}

function median(
  rounds: readonly Measurement[],
  pick: (each: Measurement) => number | undefined,
): number | undefined {
  return medianOf(rounds.map(pick));
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}

function format(value: number | undefined): string {
  return value === undefined
    ? '-'
    : rounded(value).toLocaleString('en', { maximumSignificantDigits: DIGITS });
}

/** The first column is text, the others stand right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width + 2);
        })
        .join(''),
    )
    .join('\n');
}
