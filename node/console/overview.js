/** The cluster in some figures: who leads in which ballot, who votes, how much there is. */
import { byId, make, setText } from './elements.js';
import { counted, grouped, size } from './numbers.js';

/** @import {Frame} from '../src/admin/console/frame.ts' */

/** @type {readonly (readonly [string, string, (frame: Frame) => readonly [string, string]])[]} */
const FIGURES = [
  [
    'leader',
    'Leader',
    ({ replicas, leader }) => {
      const found = replicas.find(({ id }) => id === leader);
      return found === undefined ? ['nobody', ''] : [found.name, found.id];
    },
  ],
  [
    'ballot',
    'Ballot',
    (frame) => {
      const { ballot } = leading(frame);
      const promised = frame.replicas.map(({ report }) => report?.promised ?? '').toSorted(byRound);
      const highest = promised.at(-1) ?? ballot;
      return [
        `round ${roundOf(ballot)}`,
        roundOf(highest) > roundOf(ballot)
          ? `round ${roundOf(highest)} is promised`
          : 'none higher is promised',
      ];
    },
  ],
  [
    'voters',
    'Voters',
    ({ voters, votersAnswering, quorum }) => [
      `${votersAnswering} of ${voters} answer`,
      `${quorum} must, for a quorum`,
    ],
  ],
  [
    'slot',
    'Chosen slot',
    (frame) => [grouped(leading(frame).chosen), `revision ${grouped(leading(frame).revision)}`],
  ],
  ['keys', 'Keys', (frame) => [grouped(leading(frame).keys), dataText(frame)]],
  [
    'commands',
    'Commands',
    ({ replicas }) => {
      const rates = replicas.map(({ report }) => report?.latencies?.command.rate ?? 0);
      const sum = rates.reduce((total, rate) => total + rate, 0);
      return [`${grouped(Math.round(sum))} /s`, 'at all replicas together'];
    },
  ],
];

export class Overview {
  /** @type {Map<string, {value: HTMLElement, note: HTMLElement}>} */
  #figures = new Map();

  constructor() {
    const list = make('dl');
    for (const [name, title] of FIGURES) {
      const [value, note] = [make('span', { 'data-figure': name }), make('small')];
      list.append(make('div', {}, make('dt', {}, title), make('dd', {}, value, note)));
      this.#figures.set(name, { value, note });
    }
    byId('overview').append(list);
  }

  /** @param {Frame} frame */
  show(frame) {
    for (const [name, , textsOf] of FIGURES) {
      const [value, note] = textsOf(frame);
      const figure = this.#figures.get(name);
      if (figure === undefined) continue;
      setText(figure.value, value);
      setText(figure.note, note);
    }
  }
}

/** What the leader says, or, without one, what the replica does that serves the page. */
function leading(/** @type {Frame} */ { replicas, leader, here }) {
  return replicas.find(({ id }) => id === leader)?.report ?? here;
}

/** @param {Frame} frame */
function dataText(frame) {
  const { data } = leading(frame);
  if (data === undefined) return '';
  if (data.quotaBytes === 0) return `${size(data.bytes)}, no quota`;
  return `${size(data.bytes)} of ${size(data.quotaBytes)}`;
}

/** @param {string} ballot */
function roundOf(ballot) {
  return Number(ballot.split('.')[0]);
}

/** @param {string} one @param {string} other */
function byRound(one, other) {
  return roundOf(one) - roundOf(other);
}

/** @param {Frame} frame */
export function identityText({ here, replicas }) {
  const own = replicas.find(({ isHere }) => isHere);
  const cluster = here.cluster === undefined ? 'no cluster yet' : `cluster ${here.cluster.slice(0, 8)}`;
  return `${cluster}, ${counted(replicas.length, 'member')}, as ${own?.name ?? here.id} sees it`;
}
