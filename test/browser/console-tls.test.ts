/** The console of a cluster that speaks TLS, in a real browser: to it, and between the replicas for what it shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority, withoutOpenssl } from '../../node/src/tls/testing/certificates.ts';
import { RealCluster } from '../testing/real-cluster.ts';
import { OpenPage, startBrowser, withoutBrowser } from './browser.ts';
import { addressOf, sentence } from './testing/console-page.ts';

test(
  'over TLS the console shows the whole cluster, and speaks to nobody without it',
  { skip: withoutBrowser || withoutOpenssl },
  async (t) => {
    const authority = new Authority(t);
    const tls = authority.replicaFiles();
    const access = { password: undefined, clusterSecret: undefined, tls };
    const cluster = await RealCluster.start(t, 3, { access });
    const browser = await startBrowser({ trustsAll: true });
    t.after(() => browser.close());
    const origin = `https://${addressOf(cluster, 0)}`;
    const opened = await OpenPage.open(browser, `${origin}/`);
    await sentence(opened, /^Healthy: .* leads, and all 3 voters answer\.$/);
    await opened.page.type('input[name=prefix]', 'a');
    await opened.page.keyboard.press('Enter');
    await opened.page.waitForFunction(() => document.querySelector('#keys .quiet')?.textContent !== '');
    assert.match(await opened.text('#keys .quiet'), /^No such keys/);
    assert.deepEqual([...opened.origins], [origin]);
    assert.deepEqual(opened.complaints, []);
  },
);
