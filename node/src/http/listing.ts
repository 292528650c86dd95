/** `GET /v1/kv?prefix=…`: keys in byte order, page by page. Each page is one read. */
import type { ServerResponse } from 'node:http';
import { INTERNAL } from '../kv/internal-codes.ts';
import type { Reply } from '../kv/reply.ts';
import { replyOf, sendJson } from './answers.ts';
import type { Calls } from './calls.ts';
import { keyProblem } from './key.ts';
import { setBytes } from './json-bytes.ts';
import { percentEncode } from './percent.ts';
import { sendProblem } from './problem.ts';
import { booleanParameter, integerParameter, parseQuery, staleParameter } from './query.ts';
import { read } from './consistency.ts';

/** Keys on one page, at most: a page is made and sent in one piece. */
const PAGE_KEYS_MAX = 1000;
const PAGE_KEYS_DEFAULT = 100;

/** What `kv.list` answers: [key, value or null, modification revision] each, store's revision, more. */
type Page = readonly [readonly (readonly [string, string | null, number])[], number, number];

interface Listing {
  readonly prefix: string;
  readonly limit: number;
  readonly values: boolean;
  readonly stale: boolean;
}

/** Answers a listing; throws `InvalidInput` that names the parameter when the query is not good. */
export function answerListing(calls: Calls, query: string, response: ServerResponse): void {
  const parameters = parseQuery(query, ['prefix', 'after', 'limit', 'values', 'consistency']);
  const listing: Listing = {
    prefix: parameters.get('prefix') ?? '',
    limit: integerParameter(parameters, 'limit', 1, PAGE_KEYS_MAX, PAGE_KEYS_DEFAULT),
    values: booleanParameter(parameters, 'values'),
    stale: staleParameter(parameters),
  };
  const after = parameters.get('after') ?? '';
  const problem = keyProblem(listing.prefix) ?? keyProblem(after);
  if (problem !== undefined) {
    sendProblem(response, problem);
    return;
  }
  const args = [listing.prefix, after, String(listing.limit), listing.values ? 'values' : 'keys'];
  read(calls, listing.stale, response, INTERNAL.list, args, (outcome) => {
    const reply = replyOf(outcome, response);
    if (reply !== undefined) sendJson(response, 200, pageBody(reply, listing));
  });
}

function pageBody(reply: Reply, listing: Listing): Record<string, unknown> {
  const [rows, revision, more] = reply as unknown as Page;
  const items = rows.map(([key, value, modifyRevision]) => {
    const item: Record<string, unknown> = {};
    setBytes(item, 'key', key);
    item['revision'] = modifyRevision;
    if (listing.values) {
      // Null: the key holds a list, hash or the like, which this listing does not spell out.
      if (value === null) item['value'] = null;
      else setBytes(item, 'value', value);
    }
    return item;
  });
  const last = rows.at(-1);
  return {
    revision,
    items,
    ...(more === 1 && last !== undefined ? { next: nextPage(listing, last[0]) } : {}),
  };
}

/** The next page's address: clients follow it as it is, binary keys and all. */
function nextPage(listing: Listing, after: string): string {
  return (
    `/v1/kv?prefix=${percentEncode(listing.prefix)}&after=${percentEncode(after)}` +
    `&limit=${listing.limit}${listing.values ? '&values=true' : ''}${listing.stale ? '&consistency=stale' : ''}`
  );
}
