/** What tests ask of an open console. */
import assert from 'node:assert/strict';
import type { Browser } from 'puppeteer-core';
import { OpenPage } from '../browser.ts';
import { eventually } from '../../testing/deadline.ts';
import type { RealCluster } from '../../testing/real-cluster.ts';

export function addressOf(cluster: RealCluster, index: number): string {
  return `127.0.0.1:${cluster.address(index).adminPort}`;
}

export async function openConsole(browser: Browser, cluster: RealCluster, index: number): Promise<OpenPage> {
  // As somebody would who typed the address: the port leads to the page.
  const opened = await OpenPage.open(browser, `http://${addressOf(cluster, index)}/`);
  assert.equal(opened.page.url(), `http://${addressOf(cluster, index)}/console/`);
  return opened;
}

/** Waits until the sentence on top is so. */
export async function sentence(opened: OpenPage, pattern: RegExp): Promise<void> {
  let latest = '';
  await eventually(
    () => `the sentence is ${String(pattern)}: it is "${latest}"`,
    async () => {
      latest = await opened.text('#verdict .sentence');
      return pattern.test(latest) ? true : undefined;
    },
  );
}

/** What is read out, and whether the words stand where they stood, while the seconds in them go on. */
export async function spokenWhileTextChanges({
  page,
}: OpenPage): Promise<{ sameRow: boolean; spoken: number }> {
  return await page.evaluate(async () => {
    let spoken = 0;
    const region = document.querySelector('#spoken');
    const observer = new MutationObserver((records) => (spoken += records.length));
    if (region !== null) observer.observe(region, { subtree: true, childList: true, characterData: true });
    const [row, text] = [
      document.querySelector('.finding'),
      () => document.querySelector('.sentence')?.textContent,
    ];
    const [first, sinceMs] = [text(), performance.now()];
    while (text() === first && performance.now() - sinceMs < 10_000) await new Promise(requestAnimationFrame);
    return { sameRow: text() !== first && document.querySelector('.finding') === row, spoken };
  });
}

/** The slot that the first replica has applied, as the page shows it. */
export async function shownSlot(opened: OpenPage): Promise<number> {
  return Number((await opened.attribute('.bar.applied', 'data-slot')) ?? 0);
}

/**
 * Waits for a frame that moves a bar: which elements are the same as before, and how often the verdict was touched. Undefined when none
 * came, or when the page has been stale meanwhile.
 */
export async function untouched({
  page,
}: OpenPage): Promise<{ same: boolean[]; spoken: number } | undefined> {
  return await page.evaluate(async () => {
    const names = ['#verdict .finding', '#members tbody tr', '.replica-log', '#happenings li'];
    const first = names.map((name) => document.querySelector(name));
    let [spoken, wasStale] = [0, false];
    const verdict = document.querySelector('#verdict');
    const observer = new MutationObserver((records) => {
      spoken += records.length;
      wasStale ||= /stale/.test(verdict?.textContent ?? '');
    });
    if (verdict !== null)
      observer.observe(verdict, { subtree: true, childList: true, characterData: true, attributes: true });
    const bar = document.querySelector<HTMLElement>('.bar.applied');
    const [start, sinceMs] = [bar?.dataset['slot'], performance.now()];
    while (bar?.dataset['slot'] === start && performance.now() - sinceMs < 10_000)
      await new Promise(requestAnimationFrame);
    if (wasStale || bar?.dataset['slot'] === start) return undefined;
    const same = first.map((element, index) => {
      const name = names[index] ?? '';
      return element !== null && document.querySelector(name) === element;
    });
    return { same, spoken };
  });
}
