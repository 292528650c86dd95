/** Little-endian integers of 48 bits, for everything that may pass 2^32: slots, rounds, ids, times. */

export function writeUint48(target: Uint8Array, offset: number, value: number): void {
  const low = (value % 0x1_0000_0000) >>> 0;
  const high = (value - low) / 0x1_0000_0000;
  target[offset] = low & 0xff;
  target[offset + 1] = (low >>> 8) & 0xff;
  target[offset + 2] = (low >>> 16) & 0xff;
  target[offset + 3] = low >>> 24;
  target[offset + 4] = high & 0xff;
  target[offset + 5] = (high >>> 8) & 0xff;
}

export function readUint48(source: Uint8Array, offset: number): number {
  return readUint32(source, offset) + readUint16(source, offset + 4) * 0x1_0000_0000;
}

export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value & 0xff;
  target[offset + 1] = (value >>> 8) & 0xff;
  target[offset + 2] = (value >>> 16) & 0xff;
  target[offset + 3] = value >>> 24;
}

export function readUint32(source: Uint8Array, offset: number): number {
  return (
    ((source[offset] ?? 0) |
      ((source[offset + 1] ?? 0) << 8) |
      ((source[offset + 2] ?? 0) << 16) |
      ((source[offset + 3] ?? 0) << 24)) >>>
    0
  );
}

export function writeUint16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value & 0xff;
  target[offset + 1] = (value >>> 8) & 0xff;
}

export function readUint16(source: Uint8Array, offset: number): number {
  return (source[offset] ?? 0) | ((source[offset + 1] ?? 0) << 8);
}
