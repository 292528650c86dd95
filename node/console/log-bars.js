/**
 * The log of each replica as bars: how far it has accepted, knows as chosen and has applied, within the last slots of the cluster. The
 * ticks stand at slots, so they move with the log.
 */
import { byId, make, Rows, setAttribute, setText } from './elements.js';
import { counted, grouped } from './numbers.js';

/** @import {Frame, ShownReplica, ShownReport} from '../src/admin/console/frame.ts' */
/** @typedef {{replica: ShownReplica, isLeader: boolean, first: number, last: number}} Shown */

const KINDS = /** @type {const} */ (['accepted', 'chosen', 'applied']);
/** What a bar shows at least: one slot is then still to be seen. */
const SPAN_MIN = 100;
const TICKS = 10;
/** Replicas are not asked at the same instant: less says nothing. */
const LAG_SHOWN_MIN = 64;

export class LogBars {
  /** @type {Rows<Shown>} */
  #rows;
  #scale = make('span');
  #from = make('span');
  #to = make('span');

  constructor() {
    const rows = make('div');
    byId('log').append(
      make('h2', { id: 'log-title' }, 'Log of each replica', make('small', {}, this.#scale)),
      make('ul.legend', {}, ...KINDS.map((kind) => make('li', {}, make(`i.${kind}`), kind))),
      rows,
      make('div.replica-log', { 'aria-hidden': 'true' }, make('div.scale', {}, this.#from, this.#to)),
    );
    this.#rows = new Rows(rows, row);
  }

  /** @param {Frame} frame */
  show({ replicas, leader }) {
    const reports = replicas.flatMap(({ report }) => (report === undefined ? [] : [report]));
    const last = Math.max(1, ...reports.map(({ durable, chosen }) => Math.max(durable, chosen)));
    const lowest = Math.min(last, ...reports.map(({ applied, chosen }) => Math.min(applied, chosen)));
    const span = spanFor(last - lowest);
    const first = Math.max(0, last - span);
    setText(this.#scale, `the last ${counted(span, 'slot')}`);
    setText(this.#from, `slot ${grouped(first)}`);
    setText(this.#to, `slot ${grouped(first + span)}`);
    this.#rows.show(
      replicas.map((replica) => ({ replica, isLeader: replica.id === leader, first, last: first + span })),
      ({ replica }) => replica.id,
    );
  }
}

/**
 * A round number with room for whoever is furthest behind: it changes seldom, so that the bars move and the scale stands.
 * @param {number} spread
 */
function spanFor(spread) {
  let span = SPAN_MIN;
  while (span < spread * 1.25) span *= 10;
  return span;
}

/** @param {Shown} shown */
function row({ replica }) {
  const ticks = make('div.ticks');
  const bars = KINDS.map((kind) => make(`div.bar.${kind}`));
  const track = make('div.track', { role: 'img' }, ticks, ...bars);
  const [who, slots] = [make('span.who'), make('span.slots')];
  const element = make('div.replica-log', { 'data-replica': replica.id }, who, track, slots);
  /** What it said last: one that is silent now falls behind from there. @type {readonly number[]} */
  let marks = [0, 0, 0];
  return {
    element,
    /** @param {Shown} next */
    show({ replica: { name, report, lagSlots, why }, isLeader, first, last }) {
      if (report !== undefined) marks = [report.durable, report.chosen, report.applied];
      setText(who, isLeader ? `${name} (leads)` : name);
      setAttribute(element, 'data-state', report === undefined ? 'away' : 'here');
      for (const [index, bar] of bars.entries()) show(bar, marks[index] ?? 0, first, last);
      ticks.style.backgroundPositionX = `${tickOffset(track.clientWidth, first, last - first).toFixed(1)}px`;
      setText(slots, report === undefined ? why : slotsText(report, lagSlots ?? 0));
      const [accepted, chosen, applied] = marks;
      const said = `accepted to slot ${accepted}, chosen to ${chosen}, applied to ${applied}`;
      setAttribute(track, 'aria-label', `${name}: ${report === undefined ? why : said}`);
    },
  };
}

/** @param {HTMLElement} bar @param {number} slot @param {number} first @param {number} last */
function show(bar, slot, first, last) {
  const share = Math.min(1, Math.max(0, (slot - first) / (last - first)));
  bar.style.width = `${(share * 100).toFixed(2)}%`;
  bar.dataset['slot'] = String(slot);
}

/** @param {ShownReport} report @param {number} lagSlots */
function slotsText({ chosen, applied }, lagSlots) {
  const done = applied === chosen ? 'chosen and applied' : `chosen, ${grouped(applied)} applied`;
  const lag = lagSlots > LAG_SHOWN_MIN ? `, ${counted(lagSlots, 'slot')} behind` : '';
  return `${grouped(chosen)} ${done}${lag}`;
}

/**
 * Where the ticks stand, which are the same from one to the next.
 * @param {number} width @param {number} first @param {number} span
 */
function tickOffset(width, first, span) {
  return -((((first / span) * TICKS) % 1) * width) / TICKS;
}
