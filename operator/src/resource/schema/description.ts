/**
 * A resource described once, as a value: each field with its type, bounds, default, meaning and rules. From a description come the TypeScript type
 * (`ValueOf`), the parser (`parse.ts`) and the structural schema with its CEL rules (`structural-schema.ts`), so that they can't disagree.
 *
 * Everything has a bound: the API server refuses a rule whose worst case it can't tell.
 */
import assert from 'node:assert/strict';
import { parseQuantity } from '../quantity.ts';

/** Must hold of a value by itself. The API server runs `cel`, the parser runs `holds`; a table of cases shows that they agree. */
export interface Rule<Value> {
  /** Of `self`. */
  readonly cel: string;
  holds(value: Value): boolean;
  /** What to write instead; follows the name of the field: "must be 1, 3, 5 or 7". */
  readonly must: string;
  /** The field of a record that is to blame; without it the record itself. */
  readonly field?: string;
}

/** Must hold of a value and the one it replaces, `oldSelf`. Only the API server sees both. */
export interface Transition {
  readonly cel: string;
  readonly must: string;
  readonly field?: string;
}

interface Described {
  /** What the field means, for `kubectl explain`. */
  readonly meaning: string;
}

export interface BooleanNode extends Described {
  readonly kind: 'boolean';
}

export interface IntegerNode extends Described {
  readonly kind: 'integer';
  readonly min: number;
  readonly max: number;
  readonly rules: readonly Rule<number>[];
}

export interface TextNode extends Described {
  readonly kind: 'text';
  readonly charactersMin: number;
  readonly charactersMax: number;
  readonly format?: 'date-time';
  readonly rules: readonly Rule<string>[];
}

export interface ChoiceNode extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
}

/** An amount as Kubernetes writes them: `10Gi`, `500m`, or a bare number. */
export interface QuantityNode extends Described {
  readonly kind: 'quantity';
  /** Whether `cpu: 2` is as good as `cpu: "2"`. `self` is then of either type: `string(self)` is the text. */
  readonly bareNumbers: boolean;
  readonly rules: readonly Rule<string>[];
}

export interface ListNode extends Described {
  readonly kind: 'list';
  readonly items: Node;
  readonly itemsMin: number;
  readonly itemsMax: number;
  /** The fields that tell items apart, for server-side apply; none: the list is replaced as a whole. */
  readonly keys: readonly string[];
}

/** Names chosen by the user, such as labels. */
export interface MapNode extends Described {
  readonly kind: 'map';
  readonly values: Node;
  readonly entriesMax: number;
  readonly rules: readonly Rule<Readonly<Record<string, string>>>[];
}

export interface RecordNode extends Described {
  readonly kind: 'record';
  readonly fields: Fields;
  // oxlint-disable-next-line typescript/no-explicit-any -- each rule has the type of its own record
  readonly rules: readonly Rule<any>[];
  readonly transitions: readonly Transition[];
}

export type Node =
  | BooleanNode
  | IntegerNode
  | TextNode
  | ChoiceNode
  | QuantityNode
  | ListNode
  | MapNode
  | RecordNode;

/** Only a type: what a value of this description looks like after parsing. */
declare const VALUE: unique symbol;
export type Description<Value, Kind extends Node = Node> = Kind & { readonly [VALUE]?: Value };

export type Presence = 'required' | 'optional' | 'defaulted';

export interface Field<Value = unknown, Present extends Presence = Presence> {
  readonly node: Description<Value>;
  readonly presence: Present;
  /** As it is written, of a field that is `defaulted`. */
  readonly fallback: unknown;
}

export type Fields = Readonly<Record<string, Field>>;

type Simplify<T> = { [Key in keyof T]: T[Key] };
type FieldValue<F> = F extends Field<infer Value> ? Value : never;
type OptionalNames<F extends Fields> = {
  [Name in keyof F]: F[Name] extends { readonly presence: 'optional' } ? Name : never;
}[keyof F];

export type RecordValue<F extends Fields> = Simplify<
  { readonly [Name in Exclude<keyof F, OptionalNames<F>>]: FieldValue<F[Name]> } & {
    readonly [Name in OptionalNames<F>]?: FieldValue<F[Name]>;
  }
>;

export type ValueOf<D> = D extends { readonly [VALUE]?: infer Value } ? Exclude<Value, undefined> : never;

// --- Presence ---------------------------------------------------------------------------------

export function required<Value>(node: Description<Value>): Field<Value, 'required'> {
  return { node, presence: 'required', fallback: undefined };
}

/** What isn't there isn't asked for. */
export function optional<Value>(node: Description<Value>): Field<Value, 'optional'> {
  return { node, presence: 'optional', fallback: undefined };
}

/** The API server writes the default down when the object is made, so a later release with another default changes nothing that runs. */
export function defaulted<Value>(node: Description<Value>, fallback: Value): Field<Value, 'defaulted'> {
  return { node, presence: 'defaulted', fallback };
}

/** A record whose fields all have defaults or may be absent: when it is absent, it is there with them. */
export function section<Value>(node: Description<Value, RecordNode>): Field<Value, 'defaulted'> {
  return { node, presence: 'defaulted', fallback: defaultsOf(node) };
}

/** Written out: the API server checks a default by the rules of the record before it looks for defaults in it. */
function defaultsOf(node: RecordNode): Readonly<Record<string, unknown>> {
  const defaults: Record<string, unknown> = {};
  for (const [name, { presence, fallback }] of Object.entries(node.fields)) {
    assert.ok(presence !== 'required', `a section has no required field such as ${name}`);
    if (presence === 'defaulted') defaults[name] = fallback;
  }
  return defaults;
}

// --- Kinds ------------------------------------------------------------------------------------

export function boolean(meaning: string): Description<boolean> {
  return { kind: 'boolean', meaning };
}

export function integer(
  meaning: string,
  { min, max, rules = [] }: { min: number; max: number; rules?: readonly Rule<number>[] },
): Description<number> {
  return { kind: 'integer', meaning, min, max, rules };
}

export function text(
  meaning: string,
  {
    charactersMin = 0,
    charactersMax,
    rules = [],
  }: { charactersMin?: number; charactersMax: number; rules?: readonly Rule<string>[] },
): Description<string> {
  return { kind: 'text', meaning, charactersMin, charactersMax, rules };
}

/** Of the form 2026-11-21T16:53:00Z. */
export function time(meaning: string): Description<string> {
  return { kind: 'text', meaning, charactersMin: 0, charactersMax: 40, format: 'date-time', rules: [] };
}

export function choice<const Choice extends string>(
  meaning: string,
  choices: readonly Choice[],
): Description<Choice> {
  return { kind: 'choice', meaning, choices };
}

/** The parsed value is a text in any case. */
export function quantity(
  meaning: string,
  { bareNumbers = false, rules = [] }: { bareNumbers?: boolean; rules?: readonly Rule<string>[] } = {},
): Description<string> {
  return { kind: 'quantity', meaning, bareNumbers, rules: [isQuantity(bareNumbers), ...rules] };
}

function isQuantity(bareNumbers: boolean): Rule<string> {
  const self = bareNumbers ? 'string(self)' : 'self';
  return {
    cel: `isQuantity(${self}) && quantity(${self}).compareTo(quantity('0')) >= 0`,
    holds: (value) => (parseQuantity(value) ?? -1n) >= 0n,
    must: bareNumbers
      ? 'must be an amount, such as 2, 500m or 1Gi'
      : 'must be an amount with its unit, such as 10Gi',
  };
}

/** `self` and `least` are quantities; where `self` is none, another rule says so. */
export function atLeast(least: string, must: string): Rule<string> {
  const min = parseQuantity(least) ?? 0n;
  return {
    cel: `!isQuantity(self) || quantity(self).compareTo(quantity('${least}')) >= 0`,
    holds: (value) => (parseQuantity(value) ?? min) >= min,
    must,
  };
}

export function list<Value>(
  meaning: string,
  items: Description<Value>,
  { itemsMin = 0, itemsMax, keys = [] }: { itemsMin?: number; itemsMax: number; keys?: readonly string[] },
): Description<readonly Value[]> {
  return { kind: 'list', meaning, items, itemsMin, itemsMax, keys };
}

export function map(
  meaning: string,
  values: Description<string>,
  {
    entriesMax,
    rules = [],
  }: { entriesMax: number; rules?: readonly Rule<Readonly<Record<string, string>>>[] },
): Description<Readonly<Record<string, string>>> {
  return { kind: 'map', meaning, values, entriesMax, rules };
}

export function record<const F extends Fields>(
  meaning: string,
  fields: F,
  { rules = [], transitions = [] }: RecordRules<RecordValue<NoInfer<F>>> = {},
): Description<RecordValue<F>, RecordNode> {
  return { kind: 'record', meaning, fields, rules, transitions };
}

interface RecordRules<Value> {
  readonly rules?: readonly Rule<Value>[];
  readonly transitions?: readonly Transition[];
}

/** The same regular expression for both: only what RE2 and JavaScript read alike. */
export function matching(expression: RegExp, must: string): Rule<string> {
  return { cel: `self.matches(r'${expression.source}')`, holds: (value) => expression.test(value), must };
}
