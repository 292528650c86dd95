/**
 * The page itself: HTML, style and modules as they lie in `node/console`, read once. They hold no data, so anybody may have them;
 * and they may load nothing but each other, whatever is written into them by mistake.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Request, Response } from 'express';
import { notFound, sendProblem } from '../../http/problem.ts';

const FOLDER = path.join(import.meta.dirname, '../../../console');
const FIRST = 'page.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // It may be kept, and is asked for again each time: another release has other files.
  'Cache-Control': 'no-cache',
} as const;

interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly entityTag: string;
}

/** Names the page that goes with what is answered: one of another name says that it is of another release. */
export const PAGE_NAME_HEADER = 'PaxosKV-Page';
/** Stands in the page for its own name. */
const NAME_PLACE = '{page}';

export class PageFiles {
  /** Of all files together. */
  readonly name: string;
  readonly #files: ReadonlyMap<string, PageFile>;

  constructor() {
    const names = readdirSync(FOLDER).filter((name) => path.extname(name) in TYPES);
    const texts = names.map((name) => readFileSync(path.join(FOLDER, name), 'utf8'));
    this.name = hashOf(texts.join('\0'));
    this.#files = new Map(names.map((name, index) => [name, this.#fileOf(name, texts[index] ?? '')]));
  }

  /** Answers with the file of that name; the page for none. */
  send(name: string, request: Request, response: Response): void {
    const file = this.#files.get(name === '' ? FIRST : name);
    if (file === undefined) return sendProblem(response, notFound('the console has no such file'));
    const headers = { ...HEADERS, ETag: file.entityTag };
    if (request.headers['if-none-match'] === file.entityTag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'Content-Type': file.type, 'Content-Length': file.bytes.length });
    response.end(file.bytes);
  }

  #fileOf(name: string, text: string): PageFile {
    const bytes = Buffer.from(name === FIRST ? text.replace(NAME_PLACE, this.name) : text);
    return { bytes, type: TYPES[path.extname(name)] ?? '', entityTag: `"${hashOf(bytes)}"` };
  }
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}
