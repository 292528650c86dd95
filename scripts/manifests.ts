/** `npm run manifests`: writes what is made below `manifests/` and `charts/`. A test fails when it is stale. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { INSTALL_MANIFEST, installManifest } from './install-manifest.ts';
import { manifestFiles } from './manifest-files.ts';

const root = path.join(import.meta.dirname, '..');

function write(file: string, text: string): void {
  const name = path.join(root, file);
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, text);
  console.log(`${file}: ${text.length} bytes`);
}

for (const file of manifestFiles()) write(file.path, file.text);
// Of the chart, whose parts are written by now.
const install = installManifest();
if (install === undefined) console.error(`${INSTALL_MANIFEST} stays as it is: there is no helm to make it`);
else write(INSTALL_MANIFEST, install);
