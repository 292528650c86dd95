/**
 * Pages of other sites. A browser sends their requests to whatever its person can reach: those that a form could send, it sends
 * without asking first. It says so itself, in headers that no page can set; programs that are no browsers send none of them.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { type Problem, sendProblem } from './problem.ts';

/** What a page of this very port says of itself, and what a person says who has typed the address. */
const OWN_SITES: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** Why a request that may change something is refused; undefined: it comes from no page, or from one of this port. */
export function foreignPage(headers: IncomingHttpHeaders): Problem | undefined {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (!OWN_SITES.includes(site)) {
    return foreign(`Sec-Fetch-Site must be same-origin or none: it is ${JSON.stringify(site)}`);
  }
  if (origin === undefined || isOfHost(origin, host)) return undefined;
  const here = host === undefined ? 'absent' : JSON.stringify(host);
  return foreign(
    `Origin must name the host that the Host header names, which is ${here}: it is ${JSON.stringify(origin)}`,
  );
}

/** Whether `Origin` and `Host` name the same host and port; either may leave out the port that its scheme implies. */
export function isOfHost(origin: string, host: string | undefined): boolean {
  const page = URL.parse(origin);
  if (page === null || page.host === '' || host === undefined) return false;
  return URL.parse(`${page.protocol}//${host}`)?.host === page.host;
}

/** Refuses what `decide` has a problem with, and lets the rest pass. */
export function refuseWhere(decide: (request: Request) => Problem | undefined) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const problem = decide(request);
    if (problem === undefined) return next();
    // Its content is read and dropped, so that the client gets to see the answer.
    request.resume();
    sendProblem(response, problem);
  };
}

function foreign(rule: string): Problem {
  const detail = `a page of another site may change nothing here: ${rule}`;
  return { status: 403, name: 'foreign-page', title: 'A page of another site', detail };
}
