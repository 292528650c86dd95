/** The parts of the cluster's chart that are made: values and their schema mirror the description of the spec. */
import { dump } from 'js-yaml';
import type { Field, Fields } from '../operator/src/resource/schema/description.ts';
import { type Schema, structuralSchema } from '../operator/src/resource/schema/structural-schema.ts';
import { SPEC } from '../operator/src/resource/spec/spec.ts';

/** The chart's own, beside those of the spec. */
const OWN_VALUES = `# -- Name of the PaxosCluster, and of the Service that clients use. Empty: the release's.
name: ''
# -- Labels of the PaxosCluster.
labels: {}
# -- Annotations of the PaxosCluster.
annotations: {}
`;
const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };
const OWN_SCHEMA = {
  global: { type: 'object' },
  name: { type: 'string', maxLength: 40 },
  labels: TEXTS,
  annotations: TEXTS,
};

/** `values.yaml`: every field with its meaning; null where nothing is asked for. */
export function clusterValues(): string {
  return `# What can be set. Made by \`npm run manifests\` from the description of the resource.

${OWN_VALUES}
${valuesOf(SPEC.fields, '').join('\n')}
`;
}

function valuesOf(fields: Fields, indentation: string): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const { node } = field;
    // One with a default of its own is written as a whole.
    if (node.kind === 'record' && isSection(field)) {
      return [
        `${indentation}# ${node.meaning}`,
        `${indentation}${name}:`,
        ...valuesOf(node.fields, `${indentation}  `),
      ];
    }
    const inside = node.kind === 'record' ? ` With ${Object.keys(node.fields).join(', ')}.` : '';
    const value = dump({ [name]: field.presence === 'defaulted' ? field.fallback : null }, { lineWidth: -1 });
    return [
      `${indentation}# -- ${node.meaning}${inside}`,
      ...value
        .trimEnd()
        .split('\n')
        .map((line) => indentation + line),
    ];
  });
}

/** Whether the default is no more than the defaults of the fields. */
function isSection({ node, presence, fallback }: Field): boolean {
  if (node.kind !== 'record' || presence !== 'defaulted') return false;
  return Object.keys(fallback as object).every((name) => node.fields[name]?.presence === 'defaulted');
}

/** `values.schema.json`. What only the API server can judge, such as the rules in CEL, is left to it. */
export function clusterValuesSchema(): string {
  const { properties } = jsonSchema(structuralSchema(SPEC)) as { properties: object };
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'paxoskv-cluster',
    type: 'object',
    additionalProperties: false,
    properties: { ...OWN_SCHEMA, ...properties },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** What Kubernetes adds to JSON schemas is left out; what may be absent may be null. */
function jsonSchema(schema: Schema): Schema {
  const { properties, items, additionalProperties, required = [] } = schema as StructuralSchema;
  const plain = Object.entries(schema).filter(
    ([name]) => !name.startsWith('x-kubernetes-') && name !== 'default' && name !== 'format',
  );
  return {
    ...Object.fromEntries(plain),
    ...(items === undefined ? {} : { items: jsonSchema(items) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: orNull(jsonSchema(additionalProperties)) }),
    ...(properties === undefined
      ? {}
      : {
          additionalProperties: false,
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => {
              const inner = jsonSchema(each);
              return [name, required.includes(name) ? inner : orNull(inner)];
            }),
          ),
        }),
  };
}

interface StructuralSchema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
}

function orNull(schema: Schema): Schema {
  const { type, anyOf, enum: choices } = schema as { type?: string; anyOf?: object[]; enum?: string[] };
  return {
    ...schema,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(anyOf === undefined ? {} : { anyOf: [...anyOf, { type: 'null' }] }),
    ...(choices === undefined ? {} : { enum: [...choices, null] }),
  };
}
