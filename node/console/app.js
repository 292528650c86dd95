/** The page: the live channel feeds the panels, each of which knows its own part of a frame. */
import { byId, setAttribute, setHidden, setText } from './elements.js';
import { HappeningList } from './happening-list.js';
import { Keys } from './keys.js';
import { LatencyPanel } from './latency-panel.js';
import { LiveChannel } from './live.js';
import { LogBars } from './log-bars.js';
import { Members } from './members.js';
import { identityText, Overview } from './overview.js';
import { forget } from './session.js';
import { signInForm } from './sign-in.js';
import { Verdict } from './verdict.js';

/** @import {Frame} from '../src/admin/console/frame.ts' */
/** @import {Connection} from './live.js' */

const REFRESH_MS = 1_000;

const verdict = new Verdict();
const panels = [
  new Overview(),
  new LogBars(),
  new LatencyPanel(),
  new Members(),
  new HappeningList(),
  new Keys(),
];
const signIn = byId('sign-in');
const connection = byId('connection');

/** @param {Frame} frame */
function show(frame) {
  setHidden(byId('panels'), false);
  setText(byId('identity'), identityText(frame));
  verdict.show(frame);
  for (const panel of panels) panel.show(frame);
}

/** A page stays open while its replica is upgraded. It is not loaded anew by itself: somebody may be typing. @param {string | null} name */
function pageNamed(name) {
  const isOwn = name === null || name === byId('page').getAttribute('content');
  setHidden(byId('other-release'), isOwn);
}

/** @param {Connection} next */
function connectionChanged(next) {
  setText(connection, TEXTS[next.kind]);
  setAttribute(connection, 'data-state', next.kind === 'live' ? 'live' : 'stale');
  if (next.kind === 'away') verdict.lost(next.why);
  if (next.kind === 'unauthorized') askForSecret(next.wasTried);
  else if (next.kind === 'live') setHidden(signIn, true);
}

const TEXTS = { live: 'live', away: 'stale', unauthorized: 'signed out' };

/** @param {boolean} wasTried */
function askForSecret(wasTried) {
  forget('cluster secret');
  // What was shown before was for who knew the secret.
  byId('panels').hidden = true;
  verdict.clear();
  const { form, input } = signInForm('cluster secret', wasTried, () => live.hurry());
  const title = document.createElement('h2');
  title.id = 'sign-in-title';
  title.textContent = 'Who asks?';
  signIn.replaceChildren(title, form);
  signIn.hidden = false;
  input.focus();
}

const live = new LiveChannel(show, connectionChanged, pageNamed);
setInterval(() => verdict.refresh(), REFRESH_MS);
void live.run();
