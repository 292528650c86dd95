/** The conditions of a status as words and colours: 1 it holds, 0 it does not, −1 nobody knows. */
import { ACT, FINE, LOOK, type Meaning } from '../vocabulary/level.ts';

const UNKNOWN: Meaning = { value: -1, word: 'not known', color: LOOK };

/** Of a condition that must hold; `color` is that of one that does not. */
export function mustHold(color: typeof LOOK | typeof ACT): readonly Meaning[] {
  return [UNKNOWN, { value: 0, word: 'no', color }, { value: 1, word: 'yes', color: FINE }];
}

/** Of a condition that had better not hold. */
export function mustNotHold(color: string): readonly Meaning[] {
  return [UNKNOWN, { value: 0, word: 'no', color: FINE }, { value: 1, word: 'yes', color }];
}
