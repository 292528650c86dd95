/** The sentence on top: what is so, and what to do. The replica decides; only that the page itself is stale, the page knows best. */
import { byId, make, Rows, setAttribute, setHidden, setText } from './elements.js';
import { lapse } from './numbers.js';

/** @import {Frame} from '../src/admin/console/frame.ts' */
/** @import {Finding} from '../src/admin/console/findings.ts' */

const MARKS = { healthy: '✓', notice: 'i', warning: '!', critical: '✕' };
const SPOKEN = { healthy: 'Healthy', notice: 'Notice', warning: 'Warning', critical: 'Critical' };

export class Verdict {
  /** @type {Frame | undefined} */
  #frame;
  #frameAtMs = 0;
  /** @type {string | undefined} why there are no frames; undefined while there are */
  #away;
  #panel = byId('verdict');
  /** For those who listen; outside of the panel, since what was hidden is not read out when it is shown. */
  #spoken = byId('spoken');
  #spokenOf = '';
  /** @type {Rows<Finding>} */
  #rows;

  constructor() {
    const list = make('div');
    this.#panel.append(list);
    this.#rows = new Rows(list, row);
  }

  /** @param {Frame} frame */
  show(frame) {
    this.#frame = frame;
    this.#frameAtMs = performance.now();
    this.#away = undefined;
    this.refresh();
  }

  /** @param {string} why */
  lost(why) {
    this.#away = why;
    this.refresh();
  }

  /** Whoever looks now has to say first who he is. */
  clear() {
    this.#frame = undefined;
    this.#away = undefined;
    this.refresh();
  }

  /** To be called each second: a page that gets no frames says how old it is. */
  refresh() {
    const findings = this.#findings();
    setHidden(this.#panel, findings.length === 0);
    this.#rows.show(findings, ({ code, subject = '' }) => `${code} ${subject}`);
    this.#speak(findings);
    const [first] = findings;
    const title = first === undefined ? 'PaxosKV' : `${MARKS[first.level]} ${first.sentence} PaxosKV`;
    if (document.title !== title) document.title = title;
  }

  /** Figures change each second: what is read out is what has come up, or gone. @param {readonly Finding[]} findings */
  #speak(findings) {
    const all = [...new Set(findings.map(({ code, level }) => `${level} ${code}`))].toSorted().join();
    if (all === this.#spokenOf) return;
    this.#spokenOf = all;
    setText(this.#spoken, findings.map(({ level, sentence }) => `${SPOKEN[level]}: ${sentence}`).join(' '));
  }

  /** @returns {readonly Finding[]} */
  #findings() {
    if (this.#away === undefined) return this.#frame?.findings ?? [];
    return [stale(this.#frame, this.#away, performance.now() - this.#frameAtMs)];
  }
}

/** @param {Frame | undefined} frame @param {string} why @param {number} ageMs @returns {Finding} */
function stale(frame, why, ageMs) {
  const here = frame?.replicas.find(({ isHere }) => isHere);
  const others = frame?.replicas.filter(({ isHere, state }) => !isHere && state === 'answers') ?? [];
  const name = here?.name ?? 'the replica that serves this page';
  return {
    code: 'stale',
    level: 'critical',
    sentence:
      frame === undefined
        ? 'This page gets no answer from the replica that serves it.'
        : `This page is stale: ${name} has said nothing for ${lapse(ageMs)}.`,
    advice:
      others.length === 0
        ? `It tries again by itself (${why}). paxosctl status asks all replicas.`
        : `It tries again by itself (${why}). What is below is as it was then; the others have a console, too: ${others.map(({ address }) => address).join(', ')}.`,
    document: 'operations.md#a-replica-is-down',
  };
}

/** @param {Finding} finding */
function row(finding) {
  const mark = make('span.mark', { role: 'img', 'aria-label': SPOKEN[finding.level] }, MARKS[finding.level]);
  const [sentence, advice, document] = [make('p.sentence'), make('p.advice'), make('p.document')];
  const element = make('div.finding', {}, mark, sentence, advice, document);
  return {
    element,
    /** @param {Finding} next */
    show(next) {
      setAttribute(element, 'data-level', next.level);
      setAttribute(element, 'data-code', next.code);
      setText(sentence, next.sentence);
      setText(advice, next.advice);
      setHidden(document, next.document === undefined);
      setText(document, next.document === undefined ? '' : `More: docs/${next.document}`);
    },
  };
}
