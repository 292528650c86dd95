/** All clusters, as the operator last heard of them: asked again each second, and changed only where something differs. */

/** @import {ClusterSummary} from '../src/fleet/fleet-view.ts' */

const REFRESH_MS = 1_000;
const WORDS = {
  serves: '✓ serves',
  impaired: '! serves, impaired',
  down: '✕ does not serve',
  unknown: '? not known',
};

const list = /** @type {HTMLElement} */ (document.getElementById('clusters'));
const sentence = /** @type {HTMLElement} */ (document.getElementById('sentence'));
let shown = '';

/** @param {string} text */
function say(text) {
  if (sentence.textContent !== text) sentence.textContent = text;
}

/** @param {string} tag @param {string} className @param {...(Node | string)} content */
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...content);
  return element;
}

/** @param {ClusterSummary} cluster */
function card({ namespace, name, standing, ready, leader, image, conditions }) {
  const link = /** @type {HTMLAnchorElement} */ (make('a', '', name));
  link.href = `clusters/${namespace}/${name}/console/`;
  const reasons = conditions.map(({ type, status, reason, message }) =>
    make('p', '', `${type}=${status}, ${reason} `, make('small', '', message)),
  );
  const facts = [
    `${ready || '?'} ready`,
    leader === '' ? 'nobody is known to lead' : `${leader} leads`,
    image,
  ];
  const element = make(
    'li',
    'cluster',
    make('h2', '', link),
    make('p', 'facts', namespace),
    make('p', 'standing', WORDS[standing]),
    make('p', 'facts', facts.filter((fact) => fact !== '').join(', ')),
    ...reasons,
  );
  element.dataset['standing'] = standing;
  return element;
}

/** @param {readonly ClusterSummary[]} clusters */
function overall(clusters) {
  const wrong = clusters.filter(({ standing }) => standing !== 'serves').length;
  if (clusters.length === 0) return 'There is no PaxosCluster where this operator looks.';
  if (wrong === 0) return `All ${clusters.length} serve, and nothing is known to be wrong.`;
  return `${wrong} of ${clusters.length} ${wrong === 1 ? 'needs' : 'need'} a look: ${wrong === 1 ? 'it stands' : 'they stand'} first.`;
}

async function refresh() {
  try {
    const response = await fetch('clusters', { cache: 'no-store' });
    const text = await response.text();
    if (!response.ok) throw new Error(JSON.parse(text).detail);
    /** @type {{clusters: ClusterSummary[]}} */
    const { clusters } = JSON.parse(text);
    say(overall(clusters));
    if (text !== shown) {
      const focused = document.activeElement?.getAttribute('href');
      list.replaceChildren(...clusters.map(card));
      const again = [...list.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused);
      again?.focus();
    }
    shown = text;
  } catch (error) {
    say(
      `The operator does not answer: what is below is stale. ${error instanceof Error ? error.message : ''}`,
    );
  }
}

setInterval(() => void refresh(), REFRESH_MS);
void refresh();
