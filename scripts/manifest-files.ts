/** The files below `manifests/` that are made, and what must be in them. */
import { dump } from 'js-yaml';
import { customResourceDefinition } from '../operator/src/resource/custom-resource-definition.ts';

export interface ManifestFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Wide enough that no sentence is folded. */
const LINE_WIDTH = 10_000;

export function manifestFiles(): ManifestFile[] {
  return [{ path: 'manifests/crd.yaml', text: yaml(customResourceDefinition()) }];
}

function yaml(object: unknown): string {
  return `# Made by \`npm run manifests\`.\n${dump(object, { lineWidth: LINE_WIDTH, noRefs: true })}`;
}
