/** Markdown tables of every field of a `PaxosCluster`'s spec, made from its description, so that `docs/kubernetes.md` can't go stale. */
import type { Field, Node } from '../../operator/src/resource/schema/description.ts';
import { SPEC } from '../../operator/src/resource/spec/spec.ts';

/** Kubernetes's own words, told by Kubernetes: what is in them is not repeated here. */
const TOLD_ELSEWHERE =
  /(?:^|\.)(?:nodeAffinity|podAffinity|podAntiAffinity|labelSelector|podSelector|namespaceSelector)$/;
/** What the type says already. */
const PLAIN_RULE = /^(?:self\.matches|isQuantity|self\.all\(key, key\.matches)/;

interface Row {
  readonly path: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
}

/** One table of the fields that stand alone, and one for each section. */
export function specTables(): string {
  const fields = Object.entries(SPEC.fields as Readonly<Record<string, Field>>);
  const alone: Row[] = [];
  const sections: string[] = [];
  for (const [name, field] of fields) {
    const [first, ...rows] = rowsOf(name, field);
    if (field.node.kind === 'record')
      sections.push(`### spec.${name}\n\n${meaningOf(field.node)}${ownDefault(field)}\n\n${table(rows)}`);
    else if (first !== undefined) alone.push(first, ...rows);
  }
  return [table(alone), ...sections].join('\n\n');
}

function table(rows: readonly Row[]): string {
  return [
    '| field | type | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ path, type, fallback, meaning }) => `| \`${path}\` | ${type} | ${fallback} | ${meaning} |`,
    ),
  ].join('\n');
}

function rowsOf(path: string, { node, presence, fallback }: Field): Row[] {
  const shown =
    presence === 'required' ? 'must be given' : presence === 'optional' ? '' : fallbackText(node, fallback);
  const blamed = node.kind === 'record' ? new Map(rulesOf(node).map(([must, at]) => [at, must])) : new Map();
  const inner = TOLD_ELSEWHERE.test(path) ? [] : innerFields(path, node);
  return [
    { path, type: typeOf(node), fallback: shown, meaning: meaningOf(node) },
    ...inner.flatMap(([name, field]) =>
      rowsOf(name, field).map((row, index) => {
        const must: unknown = index === 0 ? blamed.get(name.slice(path.length + 1)) : undefined;
        return typeof must === 'string' ? { ...row, meaning: `${row.meaning} ${sentence(must)}` } : row;
      }),
    ),
  ];
}

function innerFields(path: string, node: Node): [string, Field][] {
  if (node.kind === 'list') return innerFields(`${path}[]`, node.items);
  if (node.kind !== 'record') return [];
  return Object.entries(node.fields).map(([name, field]) => [`${path}.${name}`, field]);
}

/** What must hold, and the field that is to blame if it doesn't. */
function rulesOf(node: Node): [string, string | undefined][] {
  const rules = 'rules' in node ? node.rules.filter(({ cel }) => !PLAIN_RULE.test(cel)) : [];
  const transitions = node.kind === 'record' ? node.transitions : [];
  return [...rules, ...transitions].map(({ must, field }) => [must, field]);
}

function meaningOf(node: Node): string {
  const own = rulesOf(node)
    .filter(([, field]) => field === undefined)
    .map(([must]) => sentence(must));
  return [node.meaning, ...own].join(' ').replaceAll(/[|<]/g, String.raw`\$&`);
}

function sentence(must: string): string {
  return `${must[0]?.toUpperCase()}${must.slice(1)}.`;
}

function typeOf(node: Node): string {
  switch (node.kind) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return `integer, ${node.min} to ${node.max === Number.MAX_SAFE_INTEGER ? 'any' : node.max}`;
    case 'text':
      return 'text';
    case 'choice':
      return node.choices.map((each) => `\`${each}\``).join(', ');
    case 'quantity':
      return 'quantity';
    case 'list':
      return `list of ${node.items.kind === 'record' ? 'objects' : `${node.items.kind}s`}, at most ${node.itemsMax}`;
    case 'map':
      return `map of texts, at most ${node.entriesMax}`;
    case 'record':
      return 'object';
  }
}

/** Of a section whose fields have no defaults of their own. */
function ownDefault({ node, fallback }: Field): string {
  const given = Object.keys(fallback ?? {});
  const isTold = node.kind !== 'record' || given.every((name) => node.fields[name]?.presence === 'defaulted');
  return isTold ? '' : ` Default: \`${JSON.stringify(fallback)}\`.`;
}

/** A section is there with the defaults of its fields. */
function fallbackText(node: Node, fallback: unknown): string {
  return node.kind === 'record'
    ? ''
    : `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
}
