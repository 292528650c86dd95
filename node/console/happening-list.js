/** What has happened lately, in words, at all replicas: newest first, with the replicas' names instead of their ids. */
import { byId, make, Rows, setText } from './elements.js';

/** @import {Frame, ShownHappening} from '../src/admin/console/frame.ts' */
/** @typedef {{key: string, time: string, stamp: string, text: string}} Line */

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
/** Logs tell the time in UTC, this page as whoever reads it does. */
const ZONE = TIME.resolvedOptions().timeZone;

export class HappeningList {
  /** @type {Rows<Line>} */
  #rows;

  constructor() {
    const list = make('ol.happenings', { tabindex: '0', 'aria-labelledby': 'happenings-title' });
    const heading = make(
      'h2',
      { id: 'happenings-title' },
      'What happened ',
      make('small', {}, `times of ${ZONE}`),
    );
    byId('happenings').append(heading, list);
    this.#rows = new Rows(list, row);
  }

  /** @param {Frame} frame */
  show({ happenings, replicas }) {
    const names = new Map(replicas.map(({ id, name }) => [id, name]));
    this.#rows.show(
      happenings.map((each) => lineOf(each, names)),
      ({ key }) => key,
    );
  }
}

/** @param {ShownHappening} happening @param {ReadonlyMap<string, string>} names @returns {Line} */
function lineOf({ atMs, by, text }, names) {
  const words = text.replaceAll(/\b[0-9a-f]{12}\b/g, (id) => (id === by ? 'itself' : (names.get(id) ?? id)));
  const at = new Date(atMs);
  return {
    key: `${by} ${atMs} ${text}`,
    time: timeText(at, new Date()),
    stamp: at.toISOString(),
    text: `${names.get(by) ?? by} ${words}`,
  };
}

/** With the day, if it is another one: a cluster that is well tells little. @param {Date} at @param {Date} now */
function timeText(at, now) {
  return DAY.format(at) === DAY.format(now) ? TIME.format(at) : `${DAY.format(at)} ${TIME.format(at)}`;
}

/** @param {Line} line */
function row({ stamp }) {
  const [time, text] = [make('time', { datetime: stamp }), make('span')];
  return {
    element: make('li', {}, time, text),
    /** @param {Line} next */
    show(next) {
      setText(time, next.time);
      setText(text, next.text);
    },
  };
}
