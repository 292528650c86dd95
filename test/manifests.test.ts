/** What is made below `manifests/` is as new as its sources, and small enough to be kept. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { manifestFiles } from '../scripts/manifest-files.ts';

const root = path.join(import.meta.dirname, '..');
/** What `kubectl apply` keeps in an annotation may have so many bytes. */
const ANNOTATION_BYTES_MAX = 256 * 1024;

for (const file of manifestFiles()) {
  test(`${file.path} is what "npm run manifests" writes`, () => {
    const kept = readFileSync(path.join(root, file.path), 'utf8');
    assert.ok(kept === file.text, `${file.path} is stale: npm run manifests`);
  });

  test(`${file.path} fits into the annotation of a client-side kubectl apply`, () => {
    assert.ok(Buffer.byteLength(file.text) < ANNOTATION_BYTES_MAX);
  });
}
