/** Zeros: what a log file holds wherever nothing was written yet, and how to look for anything else. */

/** As many as are written or compared at once. Never changed. */
export const ZEROS: Uint8Array = new Uint8Array(1024 * 1024);

/** True when `bytes[from … to − 1]` holds nothing but zeros. */
export function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  if (from < to && bytes[from] !== 0) return false;
  for (let at = from; at < to; at += ZEROS.length) {
    const length = Math.min(ZEROS.length, to - at);
    if (Buffer.compare(bytes.subarray(at, at + length), ZEROS.subarray(0, length)) !== 0) return false;
  }
  return true;
}

/** The offset behind the last byte that isn't zero; `from` when there is none from there on. */
export function endOfNonzero(bytes: Uint8Array, from: number): number {
  let end = bytes.length;
  while (end > from) {
    const start = Math.max(from, end - ZEROS.length);
    if (!isZero(bytes, start, end)) break;
    end = start;
  }
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}
