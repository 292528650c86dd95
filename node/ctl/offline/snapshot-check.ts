/** Checks a whole snapshot, every byte of it, as a replica does before it takes it over. */
import { type SnapshotSummary, SnapshotVerifier } from '../../src/codec/snapshot.ts';
import { Corruption } from '../../src/errors.ts';
import { completion } from '../../src/storage/completion.ts';
import type { File, Files } from '../../src/storage/files.ts';

const READ_BYTES = 1024 * 1024;

/** Throws `Corruption` when it is not whole, or when it is not the snapshot of `slot`. */
export async function checkSnapshot(
  files: Files,
  name: string,
  slot: number | undefined,
  progress: (bytes: number, of: number) => void,
): Promise<SnapshotSummary> {
  const file = await completion<File>((done) => files.open(name, done));
  try {
    const size = await completion<number>((done) => file.size(done));
    const verifier = new SnapshotVerifier();
    for (let offset = 0; offset < size;) {
      const bytes = await completion<Uint8Array>((done) => file.read(offset, READ_BYTES, done));
      if (bytes.length === 0) break;
      verifier.push(bytes);
      while (verifier.step());
      offset += bytes.length;
      progress(offset, size);
    }
    const summary = verifier.finish();
    const { applied } = summary.header.applier;
    if (slot !== undefined && applied !== slot) {
      throw new Corruption(`it is a snapshot of slot ${applied} under the name of another`);
    }
    return summary;
  } finally {
    await completion<void>((done) => file.close(done));
  }
}
