/** What a person sees who forwards the operator's port to himself: all clusters, and the console of one, in a real browser. */
import assert from 'node:assert/strict';
import { OpenPage, startBrowser, withoutBrowser } from '../browser/browser.ts';
import { sentence } from '../browser/testing/console-page.ts';
import type { KubeObject } from './testing/kube.ts';
import { portForward } from './testing/kubectl-listening.ts';
import { story } from './testing/story.ts';
import { until } from './testing/waiting.ts';

const PORT = 8082;
const SEEN_MS = 60_000;
const HEALED_MS = 180_000;

story(
  'the operator shows all clusters, and the console of each, while a replica is gone and after it',
  async (world) => {
    if (withoutBrowser !== false) {
      world.context.skip(withoutBrowser);
      return;
    }
    const { context, namespace, operator } = world;
    await operator.install(undefined, { console: { port: PORT } });
    const cluster = await world.found(3);
    const port = await portForward(context, namespace.name, 'deployment/paxoskv-operator', PORT);
    const browser = await startBrowser();
    context.after(() => browser.close());

    const fleet = await OpenPage.open(browser, `http://localhost:${port}/`);
    const fleetSays = async (expected: RegExp): Promise<void> =>
      await until(`the page of all clusters says ${expected}`, SEEN_MS, async () => {
        const text = await fleet.text('body');
        return expected.test(text) ? { done: true } : { yet: text };
      });
    await fleetSays(/All 1 serve, and nothing is known to be wrong\.[^]*demo[^]*3\/3 ready, demo-\d leads/);
    const link = await fleet.page.$eval('.cluster a', (found) => found.href);
    const shown = await OpenPage.open(browser, link);
    const leader = await cluster.leader();
    await sentence(shown, new RegExp(`^Healthy: ${leader} leads, and all 3 voters answer\\.$`));
    world.tell('both pages say that all is well');

    await shown.page.type('input[name=prefix]', 'nothing');
    await shown.page.keyboard.press('Enter');
    // The operator passes nobody's secret on for keys: the page asks for it.
    await shown.page.waitForSelector('#keys input[type=password]');
    const { data } = await namespace.get<KubeObject & { readonly data: { readonly password: string } }>(
      'secret',
      'demo-auth',
    );
    await shown.page.type(
      '#keys input[type=password]',
      Buffer.from(data.password, 'base64').toString().trim(),
    );
    await shown.page.keyboard.press('Enter');
    await shown.page.waitForFunction(() => document.querySelector('#keys .quiet')?.textContent !== '');
    assert.match(await shown.text('#keys .quiet'), /^No such keys/);

    // A paused operator lets it be, and goes on telling.
    await cluster.patch({ paused: true });
    await namespace.must('scale', 'statefulset', 'demo', '--replicas=2');
    await sentence(shown, /^demo-2 does not answer\. The cluster serves on, but one more loss stops it\.$/);
    await fleetSays(/1 of 1 needs a look: it stands first\./);
    world.tell('both pages say that demo-2 is gone');
    await cluster.patch({ paused: false });
    await cluster.healthy(HEALED_MS);
    await sentence(shown, /^Healthy: demo-\d leads, and all 3 voters answer\.$/);
    await fleetSays(/All 1 serve, and nothing is known to be wrong\./);
    world.tell('and that all is well again');
  },
);
