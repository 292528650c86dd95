/** Redis's integers: 64 bits, signed, in strict decimal text. A number where it is exact, a bigint beyond 2^53. */

export type Integer = number | bigint;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** So many digits are a safe integer whatever they are. */
const DIGITS_SAFE = 15;

const ZERO = 48;
const MINUS = 45;

/** No sign but `-`, no leading zero, no space, no `-0`; undefined for anything else and beyond 64 bits. */
export function parseInteger(text: string): Integer | undefined {
  const length = text.length;
  if (length === 0 || length > 20) return undefined;
  if (length === 1 && text.charCodeAt(0) === ZERO) return 0;
  const negative = text.charCodeAt(0) === MINUS;
  const start = negative ? 1 : 0;
  if (start === length || text.charCodeAt(start) === ZERO) return undefined;
  let magnitude = 0;
  for (let index = start; index < length; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    magnitude = magnitude * 10 + digit;
  }
  if (length - start <= DIGITS_SAFE) return negative ? -magnitude : magnitude;
  return narrow(BigInt(text));
}

/** Undefined when the sum leaves 64 bits. */
export function addIntegers(left: Integer, right: Integer): Integer | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return narrow(BigInt(left) + BigInt(right));
}

/** Undefined when the product leaves 64 bits. */
export function multiplyIntegers(left: Integer, right: Integer): Integer | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    if (Number.isSafeInteger(product)) return product;
  }
  return narrow(BigInt(left) * BigInt(right));
}

/** Undefined for the lowest of all, which has no positive. */
export function negateInteger(value: Integer): Integer | undefined {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  return narrow(-value);
}

/** An integral number as a reply or a text: exact digits beyond 2^53 too. */
export function integerOf(value: number): Integer {
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

function narrow(value: bigint): Integer | undefined {
  if (value > INT64_MAX || value < INT64_MIN) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
