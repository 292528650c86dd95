/** A real browser for tests of pages: Debian's chromium, without a screen. What a page complains of is kept for the test to judge. */
import { existsSync } from 'node:fs';
import { type Browser, launch, type Page } from 'puppeteer-core';

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** A reason to skip a test that needs a browser; false where there is one. */
export const withoutBrowser: string | false = existsSync(PROGRAM)
  ? false
  : `needs a browser: there is no ${PROGRAM} (apt-get install chromium; or name one in CHROMIUM)`;

/** `trustsAll`: certificates of an authority that it does not know. */
export async function startBrowser({ trustsAll = false } = {}): Promise<Browser> {
  return await launch({
    executablePath: PROGRAM,
    acceptInsecureCerts: trustsAll,
    // Twice what is usual: other tests run beside this one.
    timeout: 60_000,
    // Root, as in many containers, may not use chromium's sandbox; their /dev/shm is small.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', '--no-first-run'],
  });
}

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'light' | 'dark';
}

export const DESKTOP: Look = { width: 1280, height: 900, scheme: 'light' };
export const PHONE: Look = { width: 390, height: 844, scheme: 'light' };

/** A page that was opened, with what it asked for and what it complained of. */
export class OpenPage {
  readonly page: Page;
  /** Origins of all requests. */
  readonly origins = new Set<string>();
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => this.origins.add(new URL(request.url()).origin));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) this.complaints.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, look: Look = DESKTOP): Promise<OpenPage> {
    const opened = new OpenPage(await browser.newPage());
    await opened.look(look);
    await opened.page.goto(url);
    return opened;
  }

  async look({ width, height, scheme }: Look): Promise<void> {
    await this.page.setViewport({ width, height });
    await this.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  }

  /** What stands in the first element that matches; '' while there is none. */
  async text(selector: string): Promise<string> {
    return await this.page.evaluate(
      (wanted) => document.querySelector<HTMLElement>(wanted)?.innerText ?? '',
      selector,
    );
  }

  async texts(selector: string): Promise<string[]> {
    return await this.page.$$eval(selector, (found) => found.map((each) => (each as HTMLElement).innerText));
  }

  async attribute(selector: string, name: string): Promise<string | undefined> {
    return await this.page.evaluate(
      (wanted, attribute) => document.querySelector(wanted)?.getAttribute(attribute) ?? undefined,
      selector,
      name,
    );
  }
}
