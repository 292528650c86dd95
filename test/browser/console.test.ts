/**
 * The console in a real browser, against a real cluster: what it shows is what the cluster says, through a failover, a lost quorum and
 * the end of the replica that serves it. `RECORD=1 npm test -- browser/console` takes the picture for the README.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Browser } from 'puppeteer-core';
import { DESKTOP, type OpenPage, PHONE, startBrowser, withoutBrowser } from './browser.ts';
import {
  addressOf,
  openConsole,
  sentence,
  shownSlot,
  spokenWhileTextChanges,
  untouched,
} from './testing/console-page.ts';
import { lowContrasts } from './contrast.ts';
import { eventually } from '../testing/deadline.ts';
import { RealCluster } from '../testing/real-cluster.ts';
import { RespConnection } from '../testing/resp-connection.ts';

const RATIO_MIN = 4.5;
const PICTURE = path.join(import.meta.dirname, '../../docs/console.png');
/** The second of them shows how a sparkline runs. */
const LOAD_MS = process.env['RECORD'] === '1' ? 45_000 : 2_000;

/** Writes from now on, one command after the other; answers with what ends it. */
async function writing(cluster: RealCluster, t: TestContext): Promise<AbortController> {
  const client = await RespConnection.open(cluster.address(0).redisPort);
  const end = new AbortController();
  const turn = async (): Promise<void> => {
    for (let count = 1; !end.signal.aborted; count += 1) {
      await client.ask('SET', `user:${count % 40}`, `{"name":"Ada","visits":${count}}`);
    }
    client.close();
  };
  const done = turn();
  t.after(async () => {
    end.abort();
    await done;
  });
  return end;
}

/** Where the page differs from what the replicas say of themselves; they are level once nobody writes. */
async function differencesOf(opened: OpenPage, cluster: RealCluster): Promise<string[]> {
  const statuses = await Promise.all(cluster.indexes.map((index) => cluster.status(index)));
  const leader = statuses.findIndex((status) => status?.role === 'leader');
  const [first] = statuses;
  if (leader < 0 || first === undefined) return ['nobody leads'];
  const rows = await opened.page.$$eval('#members tbody tr', (found) =>
    found.map((row) => `${row.getAttribute('data-replica')} ${row.querySelector('.badge')?.textContent}`),
  );
  const slots = await opened.page.$$eval('.bar', (bars) =>
    bars.map((bar) => (bar as HTMLElement).dataset['slot']),
  );
  const shown = {
    leader: await opened.text('[data-figure=leader]'),
    slot: await opened.text('[data-figure=slot]'),
    keys: await opened.text('[data-figure=keys]'),
    voters: await opened.text('[data-figure=voters]'),
    members: rows.join(),
    accepted: slots.filter((_slot, index) => index % 3 === 0).join(),
    chosen: slots.filter((_slot, index) => index % 3 === 1).join(),
    applied: slots.filter((_slot, index) => index % 3 === 2).join(),
  };
  const order = rows.map((row) => statuses.find((status) => status?.id === row.split(' ')[0]));
  const expected: Readonly<Record<keyof typeof shown, string>> = {
    leader: addressOf(cluster, leader),
    slot: first.chosen.toLocaleString('en'),
    keys: String(first.keys),
    voters: '3 of 3 answer',
    members: order.map((status) => `${status?.id} ${status?.role}`).join(),
    // All that was accepted is chosen by now.
    accepted: order.map((status) => status?.chosen).join(),
    chosen: order.map((status) => status?.chosen).join(),
    applied: order.map((status) => status?.applied).join(),
  };
  return Object.entries(expected)
    .filter(([name, value]) => shown[name as keyof typeof shown] !== value)
    .map(([name, value]) => `${name} is ${value} and shown as ${shown[name as keyof typeof shown]}`);
}

suite('the console', { skip: withoutBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(async () => {
    await browser.close();
  });

  test('shows what the cluster says, in light and dark, on a phone, by keyboard, and asks nobody else', async (t) => {
    const cluster = await RealCluster.start(t, 3, { consoleWrites: true });
    const writes = await writing(cluster, t);
    const opened = await openConsole(browser, cluster, 0);
    const { page } = opened;
    await sentence(opened, /^Healthy: 127\.0\.0\.1:\d+ leads, and all 3 voters answer\.$/);
    assert.match(await page.title(), /^✓ Healthy: /);

    await t.test('the logs move, and the latencies are measured', async () => {
      const first = await shownSlot(opened);
      await eventually('the log has moved', async () =>
        (await shownSlot(opened)) > first ? true : undefined,
      );
      for (const name of ['round', 'fsync', 'command']) {
        await eventually(`${name} is measured`, async () =>
          /^[\d.]+ m?s \/ [\d.]+ m?s$/.test(await opened.text(`[data-latency=${name}]`)) ? true : undefined,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
    });

    await t.test('no frame touches what has not changed', async () => {
      // On a machine that stands still another one is elected meanwhile, and the page says so.
      const kept = await eventually('a frame comes while nothing happens', async () => {
        const said = async () => [await opened.text('#verdict'), await opened.text('#happenings')];
        const saidFirst = await said();
        const seen = await untouched(opened);
        return isDeepStrictEqual(await said(), saidFirst) ? seen : undefined;
      });
      assert.deepEqual(kept, { same: [true, true, true, true], spoken: 0 });
    });

    await t.test(
      'keys are found by prefix, shown as text and as hex, and changed where that is allowed',
      async () => {
        await page.type('input[name=prefix]', 'user:1');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.key-list button');
        const keys = await opened.texts('.key-list button span');
        assert.ok(keys.length > 5 && keys.every((key) => key.startsWith('user:1')), keys.join());
        await page.click('.key-list button');
        await page.waitForSelector('.value pre');
        assert.match(await opened.text('.value pre'), /^\{"name":"Ada","visits":\d+\}$/);
        await page.evaluate(() => {
          for (const button of document.querySelectorAll<HTMLElement>('.value button'))
            if (button.textContent === 'Hex') button.click();
        });
        assert.match(await opened.text('.value pre'), /^000000 {2}7b 22 6e 61 6d 65/);
      },
    );

    if (process.env['RECORD'] === '1') {
      await page.evaluate(() => window.scrollTo(0, 0));
      const top = await page.$eval('#keys', (panel) => panel.getBoundingClientRect().top);
      writeFileSync(PICTURE, await page.screenshot({ clip: { x: 0, y: 0, width: 1280, height: top } }));
    }
    writes.abort();

    await t.test('every figure is what the cluster says', async () => {
      let differences: readonly string[] = [];
      await eventually(
        () => `the console shows what the cluster says: ${differences.join('; ')}`,
        async () => {
          differences = await differencesOf(opened, cluster);
          return differences.length === 0 ? true : undefined;
        },
      );
    });

    await t.test('all text has enough contrast, whatever is wrong, in light and in dark', async () => {
      for (const scheme of ['light', 'dark'] as const) {
        await opened.look({ ...DESKTOP, scheme });
        for (const level of ['healthy', 'notice', 'warning', 'critical']) {
          await page.$eval('.finding', (finding, value) => finding.setAttribute('data-level', value), level);
          assert.deepEqual(await page.evaluate(lowContrasts, RATIO_MIN), [], `${scheme}, ${level}`);
        }
      }
    });

    await t.test('a phone shows all of it without scrolling sideways', async () => {
      await opened.look(PHONE);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= PHONE.width, `${width} px`);
      // A value opens below the list there: the page goes to it, and so does the focus.
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.$eval('.key-list button', (button) => button.click());
      await page.waitForFunction(() => document.activeElement?.matches('.value h3'));
      const [top, height] = await page.$eval('.value h3', (title) => [
        title.getBoundingClientRect().top,
        innerHeight,
      ]);
      assert.ok(top >= 0 && top < height, `${top} of ${height} px`);
      await opened.look(DESKTOP);
    });

    await t.test('everything that can be clicked can be reached by keyboard, and is seen to be', async () => {
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      const reached = new Set<string>();
      for (let presses = 0; presses < 80; presses += 1) {
        await page.keyboard.press('Tab');
        const [name, outline] = await page.evaluate(() => {
          const focused = document.activeElement;
          if (focused === null || focused === document.body) return ['', ''];
          const words = (focused as HTMLElement).innerText || focused.getAttribute('name') || focused.tagName;
          return [words.split('\n')[0] ?? '', getComputedStyle(focused).outlineStyle];
        });
        // Past the last one, and from the first one on again.
        if (name === '') continue;
        assert.notEqual(outline, 'none', name);
        reached.add(name);
      }
      for (const name of ['Skip to what is so', 'prefix', 'stale', 'Show', 'Open this key', 'Text', 'Hex']) {
        assert.ok(reached.has(name), `${name} in ${[...reached].join()}`);
      }
    });

    await t.test('roles tell what is what', async () => {
      const unnamed = await page.$$eval('button, input, textarea, section, [role=img], svg', (found) =>
        found
          .filter((each) => each.checkVisibility())
          .filter((each) => {
            const labelled = each.getAttribute('aria-labelledby');
            const label =
              labelled === null
                ? each.getAttribute('aria-label')
                : document.getElementById(labelled)?.textContent;
            return !(label || (each as HTMLInputElement).labels?.length || each.textContent?.trim());
          })
          .map((each) => each.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(unnamed, []);
      assert.equal(await opened.attribute('#spoken', 'role'), 'status');
      assert.match(await opened.text('#spoken'), /^Healthy: Healthy: /);
      assert.equal(await opened.attribute('html', 'lang'), 'en');
    });

    assert.deepEqual([...opened.origins], [`http://${addressOf(cluster, 0)}`]);
    assert.deepEqual(opened.complaints, []);
    await page.close();
  });

  test('tells of a lost leader, of a lost quorum and of its own staleness, and what to do, and recovers', async (t) => {
    const cluster = await RealCluster.start(t);
    const leader = await cluster.leader();
    const [here, other] = cluster.indexes.filter((index) => index !== leader) as [number, number];
    const opened = await openConsole(browser, cluster, here);
    const { page } = opened;
    await sentence(opened, /^Healthy: /);

    await cluster.kill(leader);
    const away = addressOf(cluster, leader).replaceAll('.', '\\.');
    await sentence(
      opened,
      new RegExp(`^${away} does not answer\\. The cluster serves on, but one more loss stops it\\.$`),
    );
    assert.match(await opened.text('#verdict .advice'), /^Start it again on its own disk/);
    assert.match(await opened.text('#verdict .document'), /docs\/operations\.md#a-replica-is-down$/);
    assert.equal(await opened.attribute('.finding', 'data-level'), 'warning');
    const successor = addressOf(cluster, await cluster.leader());
    await eventually('it shows who leads now', async () =>
      (await opened.text('[data-figure=leader]')) === successor ? true : undefined,
    );
    await eventually('the event is told', async () =>
      (await opened.texts('#happenings li')).some((text) =>
        text.includes(`${successor} knows itself as the leader`),
      )
        ? true
        : undefined,
    );

    cluster.signal(other, 'SIGSTOP');
    await sentence(opened, /^No quorum, as this replica sees it: 1 of 3 voters answers, and 2 must\./);
    assert.equal(await opened.attribute('.finding', 'data-level'), 'critical');
    assert.match(
      await opened.text('#verdict .advice'),
      /^Look at another replica's console first .* get .* to run again/,
    );
    assert.match(await opened.text('#members tbody'), /a sign of life/);
    for (const scheme of ['light', 'dark'] as const) {
      await opened.look({ ...DESKTOP, scheme });
      assert.deepEqual(await page.evaluate(lowContrasts, RATIO_MIN), [], scheme);
    }
    await eventually('what came up is read out', async () =>
      (await opened.text('#spoken')).startsWith('Critical: No quorum') ? true : undefined,
    );
    assert.deepEqual(opened.complaints, []);

    // Without a quorum no linearizable read is answered, and the page says so; a stale one is.
    await page.type('input[name=prefix]', 'a');
    await page.keyboard.press('Enter');
    await eventually('a read is refused', async () =>
      /no leader|no quorum/.test(await opened.text('#keys .problem')) ? true : undefined,
    );
    await page.click('input[name=stale]');
    await page.click('#keys button.main');
    await eventually('a stale read is answered', async () =>
      (await opened.text('#keys .quiet')).startsWith('No such keys') ? true : undefined,
    );

    cluster.signal(other, 'SIGCONT');
    cluster.restart(leader);
    await sentence(opened, /^Healthy: .* leads, and all 3 voters answer\.$/);

    cluster.signal(here, 'SIGSTOP');
    await sentence(opened, /^This page is stale: .* has said nothing for \d+ s\.$/);
    assert.deepEqual(await spokenWhileTextChanges(opened), { sameRow: true, spoken: 0 });
    assert.equal(await opened.text('#connection'), 'stale');
    cluster.signal(here, 'SIGCONT');
    await sentence(opened, /^Healthy: /);
    assert.equal(await opened.text('#connection'), 'live');
    assert.deepEqual(
      opened.complaints.filter((text) => !/net::ERR_|status of 503/.test(text)),
      [],
    );
    await page.close();
  });

  test('asks for the cluster secret and for the password, keeps them in this tab, and sends them in no address', async (t) => {
    const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-console-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const [secret, password] = ['hush-'.repeat(8), 'open-sesame'];
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(directory, name), `${text}\n`);
      return path.join(directory, name);
    };
    const access = {
      password: file('password', password),
      clusterSecret: file('secret', secret),
      tls: undefined,
    };
    const cluster = await RealCluster.start(t, 1, { access });
    const opened = await openConsole(browser, cluster, 0);
    const { page } = opened;
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));

    await page.waitForSelector('#sign-in input');
    assert.equal(await opened.text('#verdict'), '');
    await page.type('#sign-in input', 'wrong');
    await page.keyboard.press('Enter');
    await eventually('it says that this was wrong', async () =>
      (await opened.text('#sign-in .problem')) === 'This cluster secret is not in force.' ? true : undefined,
    );
    await page.type('#sign-in input', secret);
    await page.keyboard.press('Enter');
    await sentence(opened, /^Healthy: /);

    await page.type('input[name=prefix]', 'a');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#keys input[type=password]');
    await page.type('#keys input[type=password]', password);
    await page.keyboard.press('Enter');
    await eventually('keys are shown', async () =>
      (await opened.text('#keys .quiet')).startsWith('No such keys') ? true : undefined,
    );
    assert.equal(await opened.text('#keys h2 small'), 'read-only');

    await page.reload();
    await sentence(opened, /^Healthy: /);
    // The secret is replaced: what was shown is not for whoever sits there now, and does not come back.
    file('secret', 'other-'.repeat(8));
    await page.waitForSelector('#sign-in input');
    const shown = await page.evaluate(async () => {
      let count = 0;
      const observer = new MutationObserver(() => (count += 1));
      const verdict = document.querySelector('#verdict');
      if (verdict !== null) observer.observe(verdict, { subtree: true, childList: true, attributes: true });
      const sinceMs = performance.now();
      // As the page's own clock, twice.
      while (performance.now() - sinceMs < 2_500) await new Promise(requestAnimationFrame);
      return [count, document.title];
    });
    assert.deepEqual(shown, [0, 'PaxosKV']);
    assert.deepEqual(await page.evaluate(() => [localStorage.length, document.cookie]), [0, '']);
    assert.ok(addresses.every((address) => !address.includes('hush') && !address.includes('sesame')));
    assert.deepEqual(
      opened.complaints.filter((text) => !text.includes('status of 401')),
      [],
    );
    await page.close();
  });
});
