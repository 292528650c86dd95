/** The members, how they are, and what each of them waits for. */
import { byId, make, Rows, setAttribute, setText } from './elements.js';
import { counted, lapse, milliseconds } from './numbers.js';

/** @import {Frame, ShownReplica} from '../src/admin/console/frame.ts' */

const COLUMNS = ['Member', 'Role', 'Waits for', 'Lag', 'Link', 'Release'];

export class Members {
  /** @type {Rows<ShownReplica>} */
  #rows;

  constructor() {
    const body = make('tbody');
    const heads = COLUMNS.map((column) => make('th', { scope: 'col' }, column));
    byId('members').append(
      make('h2', { id: 'members-title' }, 'Members'),
      make('table', {}, make('thead', {}, make('tr', {}, ...heads)), body),
    );
    this.#rows = new Rows(body, row);
  }

  /** @param {Frame} frame */
  show({ replicas }) {
    this.#rows.show(replicas, ({ id }) => id);
  }
}

/** @param {ShownReplica} replica */
function row({ id }) {
  const [name, address] = [make('span'), make('small')];
  const badge = make('span.badge');
  const [waits, lag, link, release, uptime] = [
    make('span'),
    make('span'),
    make('span'),
    make('span'),
    make('small'),
  ];
  const element = make(
    'tr',
    { 'data-replica': id },
    make('td.wide', { 'data-label': 'Member' }, name, address),
    make('td', { 'data-label': 'Role' }, badge),
    make('td', { 'data-label': 'Waits for' }, waits),
    make('td', { 'data-label': 'Lag' }, lag),
    make('td', { 'data-label': 'Link' }, link),
    make('td', { 'data-label': 'Release' }, release, uptime),
  );
  return {
    element,
    /** @param {ShownReplica} next */
    show(next) {
      const { report } = next;
      setText(name, next.isHere ? `${next.name} (this one)` : next.name);
      setText(address, next.name === next.address ? next.id : `${next.address}, ${next.id}`);
      const [role, tone] = roleOf(next);
      setText(badge, role);
      setAttribute(badge, 'data-tone', tone);
      setText(waits, next.waitsFor.join('; ') || 'nothing');
      setText(lag, next.lagSlots === undefined ? '–' : counted(next.lagSlots, 'slot'));
      setText(link, linkText(next));
      setText(release, report === undefined ? '–' : report.release);
      setText(uptime, report === undefined ? '' : `up for ${lapse(report.uptimeMs)}`);
    },
  };
}

/** @param {ShownReplica} replica @returns {readonly [string, string]} */
function roleOf({ state, report, voter }) {
  if (state === 'lost') return ['disk lost', 'away'];
  if (state === 'refuses') return ['refuses', 'away'];
  if (report === undefined) return ['no answer', 'away'];
  if (report.role === 'leader') return ['leader', 'leader'];
  if (report.role === 'follower') return [voter ? 'follower' : 'learner', 'settled'];
  return [report.role, 'unsettled'];
}

/** @param {ShownReplica} replica */
function linkText({ isHere, linked, roundTripMs }) {
  if (isHere) return linked === false ? 'not linked to the leader' : '–';
  const roundTrip = roundTripMs === undefined ? '' : `${milliseconds(roundTripMs)} and back`;
  return linked === false ? 'not linked to the leader' : roundTrip || '–';
}
