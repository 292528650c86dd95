/**
 * All clusters, as the operator last heard of them: asked again each second, and changed only where something differs. When the
 * operator is silent, or what it knows is old, the page says so, and never that all is well.
 */

/** @import {ClusterSummary, Fleet} from '../src/fleet/fleet-view.ts' */

const REFRESH_MS = 1_000;
/** The operator answers from memory: a connection that is silent for so long is dead, whatever the system says. */
const ANSWER_MS_MAX = 3_000;
/** One answer that takes all its time, and the pause before it. */
const AGE_MS_MAX = ANSWER_MS_MAX + REFRESH_MS;
/** The operator hears of the API server about once a minute, however little happens. */
const HEARD_MS_AGO_MAX = 120_000;
const WORDS = {
  serves: '✓ serves',
  impaired: '! serves, impaired',
  down: '✕ does not serve',
  unknown: '? not known',
};

const list = /** @type {HTMLElement} */ (document.getElementById('clusters'));
const sentence = /** @type {HTMLElement} */ (document.getElementById('sentence'));
const age = /** @type {HTMLElement} */ (document.getElementById('age'));
const otherRelease = /** @type {HTMLElement} */ (document.getElementById('other-release'));
const page = document.getElementById('page')?.getAttribute('content');
/** @type {Fleet | undefined} the last answer */
let latest;
let latestAtMs = performance.now();
/** Why there is no newer one; undefined while there is. @type {string | undefined} */
let failure;
let isAsking = false;
let shown = '';

/** @param {HTMLElement} element @param {string} text */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
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

/** @param {number} ms */
function lapse(ms) {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 2
    ? `${Math.floor(ms / 1_000)} s`
    : minutes < 120
      ? `${minutes} min`
      : `${Math.floor(minutes / 60)} h`;
}

/** The age changes each second, so it stands apart from what is read out. */
function tell() {
  const ageMs = performance.now() - latestAtMs;
  const isStale = failure !== undefined || ageMs > AGE_MS_MAX;
  say(age, isStale && latest !== undefined ? `As it was ${lapse(ageMs)} ago.` : '');
  if (isStale) say(sentence, `The operator does not answer: what is below is stale. ${failure ?? ''}`);
  else if (latest !== undefined && latest.heardMsAgo > HEARD_MS_AGO_MAX) {
    const since = lapse(latest.heardMsAgo);
    say(sentence, `The operator has not heard of the API server for ${since}: what is below may be stale.`);
  } else if (latest !== undefined) say(sentence, overall(latest.clusters));
}

/** @param {readonly ClusterSummary[]} clusters */
function show(clusters) {
  const text = JSON.stringify(clusters);
  if (text === shown) return;
  const focused = document.activeElement?.getAttribute('href');
  list.replaceChildren(...clusters.map(card));
  const again = [...list.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused);
  again?.focus();
  shown = text;
}

async function ask() {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const response = await fetch('clusters', { cache: 'no-store', signal });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  // A page stays open while the operator is upgraded.
  const named = response.headers.get('PaxosKV-Page');
  otherRelease.hidden = named === null || named === page;
  latest = /** @type {Fleet} */ (answer);
  latestAtMs = performance.now();
  show(latest.clusters);
}

/** One question at a time: a browser has six connections, and those of a silent operator are never free again. */
async function refresh() {
  if (isAsking) return;
  isAsking = true;
  try {
    await ask();
    failure = undefined;
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  isAsking = false;
  tell();
}

setInterval(() => {
  tell();
  void refresh();
}, REFRESH_MS);
void refresh();
