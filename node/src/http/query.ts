/** The query of a request: each parameter at most once, and only those that the route knows. */
import { InvalidInput } from '../errors.ts';
import { formDecode } from './percent.ts';

/** A request's path as it came (still percent-encoded) and what follows its question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/**
 * Values by parameter, as bytes (latin1). Throws `InvalidInput` for a parameter that is not among
 * `known`, that comes twice or that is badly encoded: a mistyped parameter must not pass for absent.
 */
export function parseQuery(query: string, known: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = formDecode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : formDecode(pair.slice(equals + 1));
    if (name === undefined || value === undefined) {
      throw new InvalidInput('query', pair, 'must have two hexadecimal digits after each %');
    }
    if (!known.includes(name)) {
      throw new InvalidInput('query parameter', name, `must be one of ${known.join(', ') || '(none)'}`);
    }
    if (values.has(name)) throw new InvalidInput(`query parameter ${name}`, value, 'must come only once');
    values.set(name, value);
  }
  return values;
}

/** An integer within bounds, or `fallback` where the parameter is absent. */
export function integerParameter(
  values: ReadonlyMap<string, string>,
  name: string,
  min: number,
  max: number,
  fallback: number,
): number {
  const text = values.get(name);
  if (text === undefined) return fallback;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new InvalidInput(name, text, `must be an integer from ${min} to ${max}`);
  }
  return value;
}

/** `true` or `false`, the latter where the parameter is absent. */
export function booleanParameter(values: ReadonlyMap<string, string>, name: string): boolean {
  const text = values.get(name) ?? 'false';
  if (text !== 'true' && text !== 'false') throw new InvalidInput(name, text, 'must be true or false');
  return text === 'true';
}

/** `consistency`: whether the client asks for whatever this replica holds by now. */
export function staleParameter(values: ReadonlyMap<string, string>): boolean {
  const text = values.get('consistency') ?? 'linearizable';
  if (text !== 'linearizable' && text !== 'stale') {
    throw new InvalidInput('consistency', text, 'must be linearizable or stale');
  }
  return text === 'stale';
}

/** Ten years: beyond that a time to live is a mistake of units. */
const TTL_MS_MAX = 10 * 365 * 24 * 3600 * 1000;

/** A time to live such as `30`, `30s` or `1500ms`, in milliseconds; undefined where it is absent. */
export function ttlParameter(values: ReadonlyMap<string, string>): number | undefined {
  const text = values.get('ttl');
  return text === undefined ? undefined : parseTtl('ttl', text);
}

/** The same of a field of that name. */
export function parseTtl(name: string, text: string): number {
  const match = /^(\d{1,15})(s|ms)?$/.exec(text);
  const ttlMs = match === null ? 0 : Number(match[1]) * (match[2] === 'ms' ? 1 : 1000);
  if (ttlMs < 1 || ttlMs > TTL_MS_MAX) {
    throw new InvalidInput(
      name,
      text,
      'must be whole seconds (30 or 30s) or milliseconds (1500ms), more than 0 and at most ten years',
    );
  }
  return ttlMs;
}
