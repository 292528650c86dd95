/**
 * The console: a page for people, at the admin port. Its files are for everybody; what it shows wants the cluster secret like the
 * rest of this port, and keys want what clients must show.
 *
 *     /console/          the page and its files
 *     /console/live      one frame a second, as server-sent events
 *     /console/self      what this replica tells of itself: the others' consoles ask for it
 *     /console/keys/…    as /v1/kv of the HTTP port
 */
import express, { type Express, type Request, type Response } from 'express';
import { sendJson } from '../../http/answers.ts';
import { guard } from '../../http/authorization.ts';
import { onlyMethods } from '../../http/routes.ts';
import type { LatencyCounts } from '../../observe/histogram.ts';
import type { Tls } from '../../tls/tls.ts';
import type { Happenings } from './happenings.ts';
import { KeyAccess, type KeyAccessOptions } from './key-access.ts';
import { LatencyMeter } from './latency-meter.ts';
import { Live } from './live.ts';
import { PageFiles } from './page-files.ts';
import { parseSelf, type SelfReport, selfRecord } from './self-report.ts';

/** What the console shows that no other part of this port does. */
export interface ConsoleParts extends Pick<
  KeyAccessOptions,
  'door' | 'passwords' | 'clientsShowCertificates' | 'writes'
> {
  readonly latencies: () => LatencyCounts;
  /** How long the log's present write has taken; 0 while there is none. */
  readonly writeUnderWayMs: () => number;
  readonly happenings: Happenings;
}

export interface ConsoleOptions extends ConsoleParts, Pick<KeyAccessOptions, 'secrets' | 'observer'> {
  readonly release: string;
  readonly tls: Tls | undefined;
}

export class Console {
  readonly #options: ConsoleOptions;
  readonly #files = new PageFiles();
  readonly #meter: LatencyMeter;
  readonly #keys: KeyAccess;
  readonly #live: Live;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    const { secrets, tls, latencies } = options;
    this.#meter = new LatencyMeter(latencies, () => performance.now());
    this.#keys = new KeyAccess(options);
    this.#live = new Live({
      secrets,
      tls,
      keys: this.#keys.terms,
      page: this.#files.name,
      clockMs: Date.now,
      self: () => this.#self(),
    });
  }

  /** Before this port's own guard: part of it is for everybody, and part for clients. */
  add(routes: Express): void {
    const { secrets, observer } = this.#options;
    const own = express.Router({ caseSensitive: true });
    const guarded = guard({ secrets, door: 'admin', open: new Set(), observer });
    const onlyReads = onlyMethods('GET', 'HEAD');
    own.use('/keys', this.#keys.handle);
    own.route('/live').get(guarded, this.#live.handle).all(onlyReads);
    own
      .route('/self')
      .get(guarded, (_request, response) => sendJson(response, 200, this.#record()))
      .all(onlyReads);
    own
      .route(['/', '/:name'])
      .get((request, response) => this.#sendFile(request, response))
      .all(onlyReads);
    routes.use('/console', own);
    // Whoever comes with a browser wants to look; what programs get there stays what it was.
    routes.get('/', (request, response, next) => {
      if (request.accepts(['json', 'html']) === 'html') response.redirect(302, 'console/');
      else next();
    });
  }

  close(): void {
    this.#live.close();
  }

  #sendFile(request: Request, response: Response): void {
    const name = request.params['name'] ?? '';
    // The page names its files from where it is.
    if (name === '' && !request.originalUrl.startsWith('/console/')) response.redirect(302, 'console/');
    else this.#files.send(String(name), request, response);
  }

  #record(): Record<string, unknown> {
    const { door, release, happenings, writeUnderWayMs } = this.#options;
    return selfRecord(door.status(), {
      release,
      latencies: this.#meter.latest(),
      writeUnderWayMs: writeUnderWayMs(),
      happenings: happenings.latest,
    });
  }

  #self(): SelfReport {
    const report = parseSelf(JSON.parse(JSON.stringify(this.#record())));
    if (report === undefined) throw new Error('a replica can read what it writes of itself');
    return report;
  }
}
