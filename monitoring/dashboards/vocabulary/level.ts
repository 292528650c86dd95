/** When a number is a reason to look, and when one to get up. */
import {
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
  MappingType,
} from '@grafana/grafana-foundation-sdk/dashboard';

export const FINE = 'green';
export const LOOK = 'orange';
export const ACT = 'red';
export const PLAIN = 'blue';

export type Levels = readonly Threshold[];

/** For what is better when it is low. */
export function risesTo(look: number, act?: number): Levels {
  const steps = [
    { value: null, color: FINE },
    { value: look, color: LOOK },
  ];
  return act === undefined ? steps : [...steps, { value: act, color: ACT }];
}

/** For what must not be at all. */
export function anyIsBad(color: typeof LOOK | typeof ACT = LOOK): Levels {
  return [
    { value: null, color: FINE },
    // The smallest that is shown at all.
    { value: 0.001, color },
  ];
}

/** For what is better when it is high: fine from the second number on. */
export function fallsBelow(act: number, look: number): Levels {
  return [
    { value: null, color: ACT },
    { value: act, color: LOOK },
    { value: look, color: FINE },
  ];
}

/** Neither good nor bad. */
export const NO_LEVELS: Levels = [{ value: null, color: PLAIN }];

export function thresholds(levels: Levels): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...levels]);
}

/** What a number means, in a word and a colour. */
export interface Meaning {
  readonly value: number;
  readonly word: string;
  readonly color: string;
}

export function meanings(list: readonly Meaning[]): ValueMapping[] {
  const options = list.map(
    ({ value, word, color }, index) => [String(value), { text: word, color, index }] as const,
  );
  return [{ type: MappingType.ValueToText, options: Object.fromEntries(options) }];
}
