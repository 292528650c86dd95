/** One small chart: a mean and what lies above nearly all, one point a second. Where nothing was measured the line is open. */
import { setAttribute } from './elements.js';

/** A minute. */
const POINTS_MAX = 60;
const [WIDTH, HEIGHT] = [240, 64];
const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {{mean: number | undefined, high: number | undefined}} Point */

export class Sparkline {
  /** @type {Point[]} */
  #points = [];
  #mean = path('mean');
  #high = path('high');
  element;

  /** @param {string} label */
  constructor(label) {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    svg.append(this.#high, this.#mean);
    this.element = svg;
  }

  /** @param {Point} point */
  add(point) {
    this.#points.push(point);
    if (this.#points.length > POINTS_MAX) this.#points.shift();
    const top = Math.max(...this.#points.map(({ mean = 0, high = 0 }) => Math.max(mean, high))) * 1.1 || 1;
    setAttribute(
      this.#mean,
      'd',
      line(
        this.#points.map(({ mean }) => mean),
        top,
      ),
    );
    setAttribute(
      this.#high,
      'd',
      line(
        this.#points.map(({ high }) => high),
        top,
      ),
    );
  }
}

/** @param {readonly (number | undefined)[]} values @param {number} top */
function line(values, top) {
  let commands = '';
  const offset = POINTS_MAX - values.length;
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const x = ((offset + index) / (POINTS_MAX - 1)) * WIDTH;
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2);
    // A point without neighbours is a short line: else it could not be seen.
    const begins = values[index - 1] === undefined;
    commands += begins
      ? `M${(x - 1).toFixed(1)} ${y.toFixed(1)}L${x.toFixed(1)} ${y.toFixed(1)}`
      : `L${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return commands;
}

/** @param {string} name */
function path(name) {
  const element = document.createElementNS(SVG, 'path');
  element.setAttribute('class', name);
  return element;
}
