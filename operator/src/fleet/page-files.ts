/**
 * Pages as their files lie in the repository, read once: the one with all clusters, and the console of any of them. That one is
 * a replica's own page, too, but here it never comes from a replica: whoever names its image could run scripts in all consoles.
 */
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

/** By name; the page itself also by none. */
export function pageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const names = readdirSync(folder).filter((name) => path.extname(name) in TYPES);
  return new Map(
    ['', ...names].map((name) => {
      const file = name === '' ? FIRST : name;
      return [name, { bytes: readFileSync(path.join(folder, file)), type: TYPES[path.extname(file)] ?? '' }];
    }),
  );
}
