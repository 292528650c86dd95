/** `npm run manifests`: writes what is made below `manifests/`. A test fails when it is stale. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifestFiles } from './manifest-files.ts';

const root = path.join(import.meta.dirname, '..');
for (const file of manifestFiles()) {
  const name = path.join(root, file.path);
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, file.text);
  console.log(`${file.path}: ${file.text.length} bytes`);
}
