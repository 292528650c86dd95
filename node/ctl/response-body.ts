/** The whole content of an answer, which must not be endless. */
import type { IncomingMessage } from 'node:http';

/** A value has 8 MiB at most, a listing and a piece of the log less. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;

export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the answer is longer than ${BODY_BYTES_MAX} bytes`);
  }
  return Buffer.concat(chunks);
}
