/** What has happened lately, in words, at all replicas: newest first, with the replicas' names instead of their ids. */
import { byId, make, Rows, setText } from './elements.js';

/** @import {Frame, ShownHappening} from '../src/admin/console/frame.ts' */
/** @typedef {{key: string, time: string, stamp: string, text: string}} Line */

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export class HappeningList {
  /** @type {Rows<Line>} */
  #rows;

  constructor() {
    const list = make('ol.happenings', { tabindex: '0', 'aria-labelledby': 'happenings-title' });
    byId('happenings').append(make('h2', { id: 'happenings-title' }, 'What happened'), list);
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
    time: TIME.format(at),
    stamp: at.toISOString(),
    text: `${names.get(by) ?? by} ${words}`,
  };
}

/** @param {Line} line */
function row({ time, stamp }) {
  const text = make('span');
  return {
    element: make('li', {}, make('time', { datetime: stamp }, time), text),
    /** @param {Line} next */
    show(next) {
      setText(text, next.text);
    },
  };
}
