/** Amounts as Kubernetes writes them: `10Gi`, `1.5G`, `500m`, `1e3`. */

/** In thousandths, the finest that an amount of memory or processors needs; powers of ten and of two. */
const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const BINARY = new Map([
  ['Ki', 10n],
  ['Mi', 20n],
  ['Gi', 30n],
  ['Ti', 40n],
  ['Pi', 50n],
  ['Ei', 60n],
]);
/** A quantity that needs more is none that a person wrote. */
export const QUANTITY_CHARACTERS_MAX = 32;
/** An exponent beyond this is no amount of anything. */
const EXPONENT_MAX = 30;

/** In thousandths, rounded up; undefined: it is no quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = '', suffix = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3})?$/.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const power = BINARY.get(suffix);
  const exponent = DECIMAL.get(suffix) ?? (power === undefined ? Number(suffix.slice(1)) : 0);
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const scale = exponent + 3 - fraction.length;
  const scaled = power === undefined ? digits : digits << power;
  const thousandths = scale >= 0 ? scaled * 10n ** BigInt(scale) : dividedUp(scaled, 10n ** BigInt(-scale));
  return sign === '-' ? -thousandths : thousandths;
}

/** Whole units, rounded up: bytes, for an amount of memory. Only of what was parsed before. */
export function wholeUnits(text: string): bigint {
  const thousandths = parseQuantity(text);
  if (thousandths === undefined) throw new RangeError(`${JSON.stringify(text)} is no quantity`);
  return dividedUp(thousandths, 1_000n);
}

function dividedUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
