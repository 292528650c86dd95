/**
 * Redis Cluster's hash slots. All of ours belong to one shard, but clients compute slots, compare
 * them with `CLUSTER KEYSLOT`, and expect one in a `MOVED`.
 */

export const slotCount = 16_384;

/** CRC-16/XMODEM: polynomial 0x1021, most significant bit first, starting at 0. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc;
});

/** The slot of a key given as one character per byte; only the part between the first `{` and `}` counts, if there is one. */
export function keySlot(key: string): number {
  let start = 0;
  let end = key.length;
  const open = key.indexOf('{');
  if (open >= 0) {
    const close = key.indexOf('}', open + 1);
    if (close > open + 1) {
      start = open + 1;
      end = close;
    }
  }
  let crc = 0;
  for (let i = start; i < end; i += 1) {
    const index = ((crc >> 8) ^ key.charCodeAt(i)) & 0xff;
    crc = ((crc << 8) & 0xffff) ^ (CRC_TABLE[index] as number);
  }
  return crc & (slotCount - 1);
}
