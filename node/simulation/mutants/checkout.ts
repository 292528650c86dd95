/** Copies of the sources, in temporary directories, for mutants to live in. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Mutant, mutate } from './mutant.ts';

const NODE_FOLDER = path.join(import.meta.dirname, '..', '..');
/** What a simulated run, or a test beside a source, needs of `node/`. */
const COPIED = ['package.json', 'src', 'simulation'];

export class Checkout {
  /** Stands for the checkout's root: holds `node/` and a link to the installed packages. */
  readonly #root = mkdtempSync(path.join(tmpdir(), 'paxoskv-mutant-'));

  /** Copies what is at `from`: by default the sources as they are now. */
  constructor(from = NODE_FOLDER) {
    for (const name of COPIED) {
      cpSync(path.join(from, name), path.join(this.folder, name), { recursive: true });
    }
    symlinkSync(path.join(NODE_FOLDER, '..', 'node_modules'), path.join(this.#root, 'node_modules'));
  }

  /** Its `node/`. */
  get folder(): string {
    return path.join(this.#root, 'node');
  }

  /** The file of threads that run seeds with this copy. */
  get worker(): URL {
    return pathToFileURL(path.join(this.folder, 'simulation', 'seed-worker.ts'));
  }

  /** Throws when the mutant's text does not stand in its file exactly once. */
  apply(mutant: Mutant): void {
    const file = path.join(this.folder, mutant.file);
    writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutant));
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}
