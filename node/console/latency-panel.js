/** What clients wait for, over the last minute: a slot's round at the leader, the leader's disk, commands at all replicas. */
import { byId, make, setText } from './elements.js';
import { grouped, milliseconds } from './numbers.js';
import { Sparkline } from './sparkline.js';

/** @import {Frame, ShownReport} from '../src/admin/console/frame.ts' */
/** @typedef {{meanMs: number | undefined, p99Ms: number | undefined, rate: number}} Measured */

/** @type {readonly (readonly [string, string, string, (frame: Frame) => Measured | undefined])[]} */
const LINES = [
  [
    'round',
    'Round',
    'rounds/s: a slot from its proposal to its being chosen',
    (frame) => leading(frame)?.latencies?.round,
  ],
  [
    'fsync',
    'Disk',
    "writes/s: a batch until it is on the leader's disk",
    (frame) => leading(frame)?.latencies?.fsync,
  ],
  [
    'command',
    'Commands',
    'commands/s: from arrival to answer, at all replicas',
    ({ replicas }) => allCommands(replicas.map(({ report }) => report)),
  ],
];

export class LatencyPanel {
  /** @type {Map<string, {sparkline: Sparkline, figure: HTMLElement, note: HTMLElement}>} */
  #lines = new Map();

  constructor() {
    const grid = make('div.sparklines');
    for (const [name, title] of LINES) {
      const sparkline = new Sparkline(`${title}: mean and 99th percentile over the last minute`);
      const [figure, note] = [make('span.figure', { 'data-latency': name }), make('p')];
      grid.append(
        make('div.sparkline', {}, make('h3', {}, title), make('p', {}, figure), note, sparkline.element),
      );
      this.#lines.set(name, { sparkline, figure, note });
    }
    const legend = make(
      'small',
      {},
      make('i.line-sample'),
      'mean ',
      make('i.line-sample.high'),
      '99 of 100 are faster; each with its own scale',
    );
    byId('latency').append(make('h2', { id: 'latency-title' }, 'Latency', legend), grid);
  }

  /** @param {Frame} frame */
  show(frame) {
    for (const [name, , what, measuredIn] of LINES) {
      const line = this.#lines.get(name);
      if (line === undefined) continue;
      const measured = measuredIn(frame);
      line.sparkline.add({ mean: measured?.meanMs, high: measured?.p99Ms });
      const quiet = measured?.meanMs === undefined;
      setText(
        line.figure,
        quiet ? quietText(frame) : `${milliseconds(measured.meanMs)} / ${milliseconds(measured.p99Ms)}`,
      );
      setText(line.note, `${grouped(Math.round(measured?.rate ?? 0))} ${what}`);
    }
  }
}

/** @param {Frame} frame */
function quietText({ leader }) {
  return leader === null ? 'nobody leads' : 'nothing to do';
}

/** @param {Frame} frame @returns {ShownReport | undefined} */
function leading({ replicas, leader }) {
  return replicas.find(({ id }) => id === leader)?.report;
}

/**
 * Means weigh as much as there were commands; of the 99ths nothing better is known than the worst.
 * @param {readonly (ShownReport | undefined)[]} reports
 * @returns {Measured | undefined}
 */
function allCommands(reports) {
  const measured = reports.flatMap((report) => {
    const command = report?.latencies?.command;
    return command?.meanMs === undefined ? [] : [{ ...command, meanMs: command.meanMs }];
  });
  if (measured.length === 0) return undefined;
  const rate = measured.reduce((sum, each) => sum + each.rate, 0);
  return {
    rate,
    meanMs: measured.reduce((sum, each) => sum + each.meanMs * each.rate, 0) / rate,
    p99Ms: Math.max(...measured.map(({ p99Ms }) => p99Ms ?? 0)),
  };
}
