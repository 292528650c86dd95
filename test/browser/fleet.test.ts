/** The operator's page with all clusters in a real browser, and through it the console of a real replica that wants its secret. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { HTTPRequest } from 'puppeteer-core';
import {
  CachedObjects,
  type LooseObject,
  PAXOS_CLUSTER,
} from '../../operator/src/controller/cluster-objects.ts';
import { FleetServer } from '../../operator/src/fleet/fleet-server.ts';
import { POD, SECRET } from '../../operator/src/kube/builtin-kinds.ts';
import type { Informer } from '../../operator/src/kube/informer.ts';
import type { Kind } from '../../operator/src/kube/kind.ts';
import { ObjectCache } from '../../operator/src/kube/object-cache.ts';
import { eventually } from '../testing/deadline.ts';
import { RealCluster } from '../testing/real-cluster.ts';
import { DESKTOP, OpenPage, PHONE, startBrowser, withoutBrowser } from './browser.ts';
import { lowContrasts } from './contrast.ts';

const RATIO_MIN = 4.5;

function live(
  kind: Kind,
  name: string,
  more: object,
  labels: Readonly<Record<string, string>> = {},
): LooseObject {
  const metadata = {
    namespace: 'shop',
    name,
    uid: `uid of ${name}`,
    resourceVersion: '1',
    generation: 1,
    labels,
  };
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, ...more };
}

function cluster(name: string, type: string, status: string, message: string): LooseObject {
  const told = { reason: 'Told', message, lastTransitionTime: '2026-01-01T00:00:00Z' };
  const conditions = [
    { type: 'Available', status: name === 'orders' ? 'False' : 'True', ...told },
    { type, status, ...told },
  ];
  return live(PAXOS_CLUSTER, name, { spec: {}, status: { ready: '3/3', leader: `${name}-0`, conditions } });
}

function cached(
  ageMs: () => number,
  kind: Kind,
  ...objects: readonly LooseObject[]
): readonly [Kind, readonly Informer[]] {
  const cache = new ObjectCache();
  for (const object of objects) cache.set(object);
  return [kind, [{ cache, ageMs } as unknown as Informer]];
}

test('all clusters are shown, and each leads to its console', { skip: withoutBrowser }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-fleet-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [secret, file] = ['hush-'.repeat(8), path.join(directory, 'secret')];
  writeFileSync(file, `${secret}\n`);
  const access = { password: undefined, clusterSecret: file, tls: undefined };
  const replicas = await RealCluster.start(t, 1, { access });

  const objects = new CachedObjects(
    new Map([
      cached(
        () => 0,
        PAXOS_CLUSTER,
        cluster('carts', 'Degraded', 'False', 'Clients are served.'),
        cluster('orders', 'QuorumAvailable', 'False', 'Of 3 voters 1 answers, and 2 must.'),
        cluster('search', 'MembersReady', 'False', 'search-2 does not run: ImagePullBackOff.'),
      ),
      cached(
        () => 0,
        SECRET,
        live(SECRET, 'carts-cluster-secret', { data: { secret: Buffer.from(secret).toString('base64') } }),
      ),
      cached(
        () => 0,
        POD,
        live(POD, 'carts-0', { status: { podIP: '127.0.0.1' } }, { 'paxoskv.dev/cluster': 'carts' }),
      ),
    ]),
  );
  const api = { find: () => Promise.resolve(undefined) };
  const fleet = new FleetServer({ port: 0, api, cached: objects, adminPort: replicas.address(0).adminPort });
  const port = await fleet.start();
  t.after(() => fleet.stop());

  const browser = await startBrowser();
  t.after(() => browser.close());
  const opened = await OpenPage.open(browser, `http://127.0.0.1:${port}/`);
  await opened.page.waitForSelector('.cluster');
  assert.equal(await opened.text('#sentence'), '2 of 3 need a look: they stand first.');
  assert.deepEqual(await opened.texts('.cluster h2'), ['orders', 'search', 'carts']);
  assert.match(
    await opened.text('.cluster'),
    /QuorumAvailable=False, Told Of 3 voters 1 answers, and 2 must\./,
  );
  for (const look of [DESKTOP, { ...DESKTOP, scheme: 'dark' as const }, PHONE]) {
    await opened.look(look);
    assert.deepEqual(await opened.page.evaluate(lowContrasts, RATIO_MIN), []);
    assert.ok((await opened.page.evaluate(() => document.documentElement.scrollWidth)) <= look.width);
  }
  await opened.look(DESKTOP);

  let said = '';
  // By keyboard: the third link.
  for (let presses = 0; presses < 3; presses += 1) await opened.page.keyboard.press('Tab');
  await Promise.all([opened.page.waitForNavigation(), opened.page.keyboard.press('Enter')]);
  await eventually(
    () => `the console says how it is: ${said}`,
    async () => {
      said = await opened.text('body');
      return (await opened.text('#verdict .sentence')).startsWith('Healthy: ') ? true : undefined;
    },
  );
  assert.ok(opened.page.url().endsWith('/clusters/shop/carts/console/'));
  assert.deepEqual([...opened.origins], [`http://127.0.0.1:${port}`]);
  assert.deepEqual(opened.complaints, []);
});

test(
  'a page whose operator is silent, or has not heard of the API server, does not say that all is well',
  { skip: withoutBrowser },
  async (t) => {
    let heardMsAgo = 0;
    const carts = cluster('carts', 'Degraded', 'False', 'Clients are served.');
    const fleet = new FleetServer({
      port: 0,
      api: { find: () => Promise.resolve(undefined) },
      cached: new CachedObjects(new Map([cached(() => heardMsAgo, PAXOS_CLUSTER, carts)])),
    });
    const port = await fleet.start();
    t.after(() => fleet.stop());
    const browser = await startBrowser();
    t.after(() => browser.close());
    const opened = await OpenPage.open(browser, `http://127.0.0.1:${port}/`);
    const says = async (sentence: RegExp, age: RegExp) =>
      await eventually(
        () => `the page says ${sentence} and ${age}`,
        async () =>
          (sentence.test(await opened.text('#sentence')) && age.test(await opened.text('#age'))) || undefined,
      );
    const allIsWell = /^All 1 serve, and nothing is known to be wrong\.$/;
    await says(allIsWell, /^$/);
    heardMsAgo = 185_000;
    await says(/^The operator has not heard of the API server for 3 min: /, /^$/);
    heardMsAgo = 0;
    await says(allIsWell, /^$/);

    let isSilent = false;
    let openMost = 0;
    const open = new Set<HTTPRequest>();
    opened.page.on('requestfailed', (request) => open.delete(request));
    opened.page.on('request', (request) => {
      // One that came before there was an interception goes on by itself.
      if (!isSilent || !request.url().endsWith('/clusters'))
        return void request.continue().catch(() => undefined);
      open.add(request);
      openMost = Math.max(openMost, open.size);
    });
    await opened.page.setRequestInterception(true);
    isSilent = true;
    await says(
      /^The operator does not answer: what is below is stale\. /,
      /^As it was (?:[5-9]|\d\d) s ago\.$/,
    );
    assert.equal(openMost, 1);
    isSilent = false;
    await says(allIsWell, /^$/);
    assert.deepEqual(opened.complaints, []);
  },
);
