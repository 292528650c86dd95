/**
 * The live channel: one frame a second with all that this replica knows of the cluster. The clock runs while a console is open, and
 * only then; all of them share one frame, and one round of questions to the other members.
 */
import type { Request, Response } from 'express';
import type { SecretFile } from '../../auth/secret-file.ts';
import { secretOf } from '../../http/authorization.ts';
import { sendProblem } from '../../http/problem.ts';
import { type Asked, countedReports, newestMembers, viewOf } from './cluster-view.ts';
import { type Frame, frameOf } from './frame.ts';
import type { KeyTerms } from './key-access.ts';
import { LapseClock } from './lapses.ts';
import { LiveStreams, STREAMS_MAX } from './live-streams.ts';
import { MemberSurvey, type MemberSurveyOptions } from './member-survey.ts';
import { PAGE_NAME_HEADER } from './page-files.ts';
import type { MemberReport, SelfReport } from './self-report.ts';

/** What an eye can follow, and a replica does not feel. */
const FRAME_MS = 1_000;
/** A browser that lost the connection comes back so soon. */
const RETRY_MS = 1_000;

export interface LiveOptions extends MemberSurveyOptions {
  readonly self: () => SelfReport;
  /** Of the wall, in milliseconds since 1970. */
  readonly clockMs: () => number;
  readonly keys: KeyTerms;
  /** The name of the page that goes with the frames. */
  readonly page: string;
}

export class Live {
  readonly #options: LiveOptions;
  readonly #survey: MemberSurvey;
  readonly #streams: LiveStreams;
  #timer: NodeJS.Timeout | undefined;
  #isGathering = false;
  #asked: ReadonlyMap<string, Asked> = new Map();
  #lapses = new LapseClock(0);
  #latest = '';

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#survey = new MemberSurvey(options);
    this.#streams = new LiveStreams({ onEmpty: () => this.#rest(), nowMs: () => performance.now() });
    options.secrets?.onChange((current) => this.#streams.endAllBut(current));
  }

  readonly handle = (request: Request, response: Response): void => {
    response.setHeader(PAGE_NAME_HEADER, this.#options.page);
    if (request.method === 'HEAD') {
      LiveStreams.sendHeaders(response);
      return;
    }
    if (!this.#streams.makeRoom()) {
      sendProblem(response, {
        status: 503,
        name: 'too-many-consoles',
        title: 'Too many consoles',
        detail: `${STREAMS_MAX} consoles are open at this replica already, which is the limit`,
      });
      return;
    }
    this.#streams.add(response, this.#secretOf(request, this.#options.secrets));
    response.write(`retry: ${RETRY_MS}\n\n`);
    if (this.#timer === undefined) this.#begin();
    else response.write(this.#latest);
  };

  close(): void {
    this.#streams.close();
    this.#rest();
  }

  #secretOf(request: Request, secrets: SecretFile | undefined) {
    return secrets === undefined ? undefined : secretOf(request, secrets);
  }

  #begin(): void {
    this.#lapses = new LapseClock(performance.now());
    this.#timer = setInterval(() => void this.#turn(), FRAME_MS);
    void this.#turn();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#survey.rest();
    this.#asked = new Map();
    this.#latest = '';
  }

  async #turn(): Promise<void> {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const timer = this.#timer;
    const asked = await this.#survey.ask(this.#others());
    this.#isGathering = false;
    if (this.#timer === undefined) return this.#survey.rest();
    // The last console has gone meanwhile and another one has come: what was asked is forgotten.
    if (this.#timer !== timer) return;
    this.#asked = asked;
    // Nothing is said of who has become a member meanwhile before he was asked, too.
    if (this.#others().some(({ id }) => !asked.has(id))) return;
    this.#latest = `event: frame\ndata: ${JSON.stringify(this.#frame())}\n\n`;
    this.#streams.send(this.#latest);
  }

  /** The other members, as far as they are known. */
  #others(): readonly MemberReport[] {
    const here = this.#options.self();
    return newestMembers(countedReports(here, this.#asked)).filter(({ id }) => id !== here.id);
  }

  #frame(): Frame {
    const { self, keys, clockMs } = this.#options;
    const here = self();
    const view = viewOf(here, this.#asked);
    const reports = countedReports(here, this.#asked);
    const lapses = this.#lapses.note(reports, view.leader !== undefined, performance.now());
    return frameOf({ ...view, ...lapses }, keys, clockMs());
  }
}
