/** A console that is open while its replica is upgraded, with a real browser and a replica whose files change. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { RealCluster } from '../testing/real-cluster.ts';
import { startBrowser, withoutBrowser } from './browser.ts';
import { lowContrasts } from './contrast.ts';
import { openConsole, sentence } from './testing/console-page.ts';

const RATIO_MIN = 4.5;
const ROOT = path.join(import.meta.dirname, '../..');

/** A program that can be changed; `upgrade` puts that text in the place of the page's title. */
function ownProgram(t: TestContext) {
  const directory = mkdtempSync(path.join(tmpdir(), 'paxoskv-release-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(path.join(ROOT, 'node'), path.join(directory, 'node'), { recursive: true });
  cpSync(path.join(ROOT, 'package.json'), path.join(directory, 'package.json'));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  const file = path.join(directory, 'node/console/page.html');
  const page = readFileSync(file, 'utf8');
  return {
    program: path.join(directory, 'node/src/main.ts'),
    upgrade: (title: string) => writeFileSync(file, page.replace('<h1>PaxosKV</h1>', `<h1>${title}</h1>`)),
  };
}

test(
  'a page that is open while its replica is upgraded says so, keeps what is typed, and is loaded anew by a click',
  { skip: withoutBrowser },
  async (t) => {
    const { program, upgrade } = ownProgram(t);
    const cluster = await RealCluster.start(t, 1, { program, consoleWrites: true });
    const browser = await startBrowser();
    t.after(() => browser.close());
    const opened = await openConsole(browser, cluster, 0);
    const { page } = opened;
    await sentence(opened, /^Healthy: /);
    const restart = async () => {
      await cluster.kill(0);
      await sentence(opened, /^This page is stale: /);
      cluster.restart(0);
      await sentence(opened, /^Healthy: /);
    };

    await restart();
    const isTold = async () => await page.$eval('#other-release', (found) => found.checkVisibility());
    assert.equal(await isTold(), false, 'the same release');

    await page.type('input[name=prefix]', 'ada');
    await page.evaluate(() => {
      for (const button of document.querySelectorAll<HTMLElement>('#keys button'))
        if (button.textContent === 'Open this key') button.click();
    });
    await page.waitForSelector('#keys textarea');
    await page.type('#keys textarea', 'half a te');
    upgrade('PaxosKV, next');
    await restart();
    assert.match(
      await opened.text('#other-release'),
      /^This page is of another release than what it shows\./,
    );
    assert.deepEqual(await page.evaluate(lowContrasts, RATIO_MIN), []);
    assert.equal(await page.$eval('#keys textarea', (area) => area.value), 'half a te');
    assert.equal(await opened.text('header h1'), 'PaxosKV');

    await Promise.all([page.waitForNavigation(), page.click('#other-release a')]);
    await sentence(opened, /^Healthy: /);
    assert.equal(await opened.text('header h1'), 'PaxosKV, next');
    assert.equal(await isTold(), false);
  },
);
