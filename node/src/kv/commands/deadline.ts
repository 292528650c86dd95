/** Deadlines as clients write them: an amount in seconds or milliseconds, absolute or from now. */
import { addIntegers, multiplyIntegers, parseInteger } from '../integer.ts';
import type { Integer } from '../integer.ts';
import { ErrorReply } from '../reply.ts';
import { NOT_AN_INTEGER, invalidExpireTime } from '../refusals.ts';

export interface DeadlineKind {
  readonly unitMs: 1 | 1000;
  /** Whether the amount counts from 1970 rather than from now. */
  readonly absolute: boolean;
}

const SECONDS_FROM_NOW: DeadlineKind = { unitMs: 1000, absolute: false };
const MILLISECONDS_FROM_NOW: DeadlineKind = { unitMs: 1, absolute: false };
const SECONDS_SINCE_1970: DeadlineKind = { unitMs: 1000, absolute: true };
const MILLISECONDS_SINCE_1970: DeadlineKind = { unitMs: 1, absolute: true };

export const DEADLINE_KINDS = {
  EX: SECONDS_FROM_NOW,
  PX: MILLISECONDS_FROM_NOW,
  EXAT: SECONDS_SINCE_1970,
  PXAT: MILLISECONDS_SINCE_1970,
} as const;

/** Milliseconds since 1970; undefined when that leaves 64 bits. Past deadlines and negative amounts are allowed. */
export function deadlineMs(amount: Integer, kind: DeadlineKind, nowMs: number): number | undefined {
  const milliseconds = multiplyIntegers(amount, kind.unitMs);
  if (milliseconds === undefined) return undefined;
  const deadline = kind.absolute ? milliseconds : addIntegers(milliseconds, nowMs);
  return deadline === undefined ? undefined : Number(deadline);
}

/** The deadline of `SET` and its like, which must be above zero. `name` is the command's, in lower case. */
export function positiveDeadlineMs(
  text: string,
  kind: DeadlineKind,
  nowMs: number,
  name: string,
): number | ErrorReply {
  const amount = parseInteger(text);
  if (amount === undefined) return NOT_AN_INTEGER;
  if (amount <= 0) return invalidExpireTime(name);
  return deadlineMs(amount, kind, nowMs) ?? invalidExpireTime(name);
}
