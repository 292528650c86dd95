/** When two servers' replies to one request count as the same, though their values are not equal. */
import type { ReplyValue } from './resp-connection.ts';
import type { Words } from './requests.arbitrary.ts';

/** Two servers ask their clocks at two moments. */
const CLOCK_TOLERANCE_MS = 10_000;

/** The order of keys is nobody's promise; what is left of a lifetime depends on the moment. */
export function isSameApartFromOrderAndClock(words: Words, left: ReplyValue, right: ReplyValue): boolean {
  const name = words[0]?.toUpperCase() ?? '';
  if (name === 'KEYS' || name === 'SCAN' || name === 'EXEC') {
    return JSON.stringify(normalised(left)) === JSON.stringify(normalised(right));
  }
  if (!/TTL$|EXPIRETIME$/.test(name) || typeof left !== 'number' || typeof right !== 'number') return false;
  const unitMs = name.startsWith('P') ? 1 : 1_000;
  return left >= 0 && right >= 0 && Math.abs(left - right) * unitMs < CLOCK_TOLERANCE_MS;
}

/** Arrays with their elements sorted, and lifetimes so coarse that a moment makes no difference. */
function normalised(value: ReplyValue): unknown {
  if (value instanceof Error) return { error: value.message };
  if (typeof value === 'number' && value > CLOCK_TOLERANCE_MS)
    return Math.round(value / CLOCK_TOLERANCE_MS / 10);
  if (!Array.isArray(value)) return value;
  return (value as readonly ReplyValue[]).map((each) => JSON.stringify(normalised(each))).toSorted();
}
