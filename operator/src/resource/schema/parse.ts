/** From what the API server hands out to a value of the described type, every default in its place; or everything that is wrong with it. */
import { QUANTITY_CHARACTERS_MAX } from '../quantity.ts';
import type { Description, Field, Node, RecordNode, Rule } from './description.ts';

/** One thing that is wrong. */
export interface Fault {
  /** `spec.storage.size`, `spec.pod.env[0].name` */
  readonly path: string;
  readonly value: unknown;
  /** "must be …" */
  readonly must: string;
}

export type Parsed<Value> =
  | { readonly kind: 'parsed'; readonly value: Value }
  | { readonly kind: 'faulty'; readonly faults: readonly Fault[] };

/** A value is quoted only so far: it may be anything. */
const QUOTED_CHARACTERS_MAX = 100;

export function faultText({ path, value, must }: Fault): string {
  const quoted = JSON.stringify(value) ?? 'absent';
  const short = quoted.length > QUOTED_CHARACTERS_MAX ? `${quoted.slice(0, QUOTED_CHARACTERS_MAX)}…` : quoted;
  return `${path} ${must}: it is ${short}`;
}

/** Fields that nobody has described are left out, as the API server does; a newer release may have written them. */
export function parse<Value>(description: Description<Value>, raw: unknown, path: string): Parsed<Value> {
  const faults: Fault[] = [];
  const value = parseNode(description, raw, path, faults);
  // What has no fault has the type that was described.
  return faults.length === 0 ? { kind: 'parsed', value: value as Value } : { kind: 'faulty', faults };
}

function parseNode(node: Node, raw: unknown, path: string, faults: Fault[]): unknown {
  const before = faults.length;
  const refuse = (must: string): void => {
    faults.push({ path, value: raw, must });
  };
  const value = parseKind(node, raw, path, faults, refuse);
  // As in the API server: rules speak of what has the right form only.
  if (faults.length === before && 'rules' in node) {
    checkRules(node.rules as readonly Rule<unknown>[], value, path, faults);
  }
  return value;
}

function checkRules(rules: readonly Rule<unknown>[], value: unknown, path: string, faults: Fault[]): void {
  for (const rule of rules) {
    if (rule.holds(value)) continue;
    const { must, field } = rule;
    const blamed = field === undefined ? path : `${path}.${field}`;
    faults.push({ path: blamed, value: field === undefined ? value : valueAt(value, field), must });
  }
}

function valueAt(value: unknown, field: string): unknown {
  let found = value;
  for (const name of field.split('.')) found = isRecord(found) ? found[name] : undefined;
  return found;
}

function parseKind(
  node: Node,
  raw: unknown,
  path: string,
  faults: Fault[],
  refuse: (must: string) => void,
): unknown {
  switch (node.kind) {
    case 'boolean':
      if (typeof raw !== 'boolean') refuse('must be true or false');
      return raw;
    case 'integer':
      if (!Number.isSafeInteger(raw) || Number(raw) < node.min || Number(raw) > node.max) {
        refuse(`must be a whole number from ${node.min} to ${node.max}`);
      }
      return raw;
    case 'text':
      // Characters, as the API server counts them.
      if (typeof raw !== 'string') refuse('must be a text');
      else if (!isWithin(Array.from(raw).length, node.charactersMin, node.charactersMax)) {
        refuse(`must have ${node.charactersMin} to ${node.charactersMax} characters`);
      }
      return raw;
    case 'choice':
      if (!node.choices.includes(raw as string)) refuse(`must be ${node.choices.join(' or ')}`);
      return raw;
    case 'quantity': {
      const text = node.bareNumbers && Number.isSafeInteger(raw) ? String(raw) : raw;
      if (typeof text !== 'string' || text.length > QUANTITY_CHARACTERS_MAX) {
        refuse(`must be a text of at most ${QUANTITY_CHARACTERS_MAX} characters`);
      }
      return text;
    }
    case 'list':
      if (!Array.isArray(raw) || !isWithin(raw.length, node.itemsMin, node.itemsMax)) {
        refuse(`must be a list of ${node.itemsMin} to ${node.itemsMax}`);
        return raw;
      }
      refuseDoubles(node.keys, raw, refuse);
      return raw.map((each, index) => parseNode(node.items, each, `${path}[${index}]`, faults));
    case 'map':
      if (!isRecord(raw) || Object.keys(raw).length > node.entriesMax) {
        refuse(`must be a map of at most ${node.entriesMax}`);
        return raw;
      }
      return mapEntries(raw, (each, key) => parseNode(node.values, each, `${path}[${key}]`, faults));
    case 'record':
      if (!isRecord(raw)) {
        refuse('must be a record');
        return raw;
      }
      return parseRecord(node, raw, path, faults);
  }
}

function parseRecord(
  node: RecordNode,
  raw: Readonly<Record<string, unknown>>,
  path: string,
  faults: Fault[],
): Readonly<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(node.fields)) {
    const given = givenOr(field, raw[name]);
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (given !== undefined) value[name] = parseNode(field.node, given, fieldPath, faults);
    else if (field.presence === 'required')
      faults.push({ path: fieldPath, value: undefined, must: 'must be given' });
  }
  return value;
}

/** Null is how JSON says that something is not there. */
function givenOr(field: Field, raw: unknown): unknown {
  return raw === undefined || raw === null ? field.fallback : raw;
}

function refuseDoubles(keys: readonly string[], items: readonly unknown[], refuse: (must: string) => void) {
  if (keys.length === 0) return;
  const names = items.map((item) => keys.map((key) => JSON.stringify(valueAt(item, key))).join());
  if (new Set(names).size < names.length) refuse(`must name each ${keys.join(' and ')} once`);
}

function mapEntries(
  entries: Readonly<Record<string, unknown>>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value, key)]));
}

function isWithin(count: number, min: number, max: number): boolean {
  return count >= min && count <= max;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
