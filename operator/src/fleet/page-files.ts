/**
 * Pages as their files lie in the repository, read once: the one with all clusters, and the console of any of them. That one is
 * a replica's own page, too, but here it never comes from a replica: whoever names its image could run scripts in all consoles.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '../../..');
export const FLEET_FOLDER: string = path.join(ROOT, 'operator/console');
export const CONSOLE_FOLDER: string = path.join(ROOT, 'node/console');
const FIRST = 'page.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** It may load nothing but its own files, whatever is written into it by mistake. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
}

export interface Page {
  /** Of all files together: it names the page that goes with what is answered, and one of another name says that it is of another release. */
  readonly name: string;
  /** By name; the page itself also by none. */
  readonly files: ReadonlyMap<string, PageFile>;
}

export const PAGE_NAME_HEADER = 'PaxosKV-Page';
/** Stands in a page for its own name. */
const NAME_PLACE = '{page}';

export function readPage(folder: string): Page {
  const names = readdirSync(folder).filter((name) => path.extname(name) in TYPES);
  const texts = names.map((name) => readFileSync(path.join(folder, name), 'utf8'));
  const page = createHash('sha256').update(texts.join('\0')).digest('base64url').slice(0, 22);
  const files = new Map<string, PageFile>();
  for (const [index, name] of names.entries()) {
    const text = texts[index] ?? '';
    const bytes = Buffer.from(name === FIRST ? text.replace(NAME_PLACE, page) : text);
    const file = { bytes, type: TYPES[path.extname(name)] ?? '' };
    files.set(name, file);
    if (name === FIRST) files.set('', file);
  }
  return { name: page, files };
}
