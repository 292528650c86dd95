/** The page with all clusters, as its files lie in `operator/console`, read once. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.join(import.meta.dirname, '../../console');

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
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
} as const;

export interface PageFile {
  readonly bytes: Buffer;
  readonly type: string;
}

/** By name. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const names = readdirSync(FOLDER).filter((name) => path.extname(name) in TYPES);
  return new Map(
    names.map((name) => [
      name,
      { bytes: readFileSync(path.join(FOLDER, name)), type: TYPES[path.extname(name)] ?? '' },
    ]),
  );
}
