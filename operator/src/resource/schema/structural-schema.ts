/** A description as the structural schema of a CustomResourceDefinition, rules in CEL. */
import { QUANTITY_CHARACTERS_MAX } from '../quantity.ts';
import type { Field, Node, RecordNode, Rule, Transition } from './description.ts';

/** As it stands in YAML. */
export type Schema = Readonly<Record<string, unknown>>;

export function structuralSchema(node: Node): Schema {
  const schema = { description: node.meaning, ...schemaOfKind(node) };
  const validations = validationsOf(node);
  return validations.length === 0 ? schema : { ...schema, 'x-kubernetes-validations': validations };
}

function schemaOfKind(node: Node): Schema {
  switch (node.kind) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer': {
      const format = node.max < 2 ** 31 ? 'int32' : 'int64';
      return { type: 'integer', format, minimum: node.min, maximum: node.max };
    }
    case 'text': {
      const minLength = node.charactersMin === 0 ? {} : { minLength: node.charactersMin };
      const format = node.format === undefined ? {} : { format: node.format };
      return { type: 'string', ...format, ...minLength, maxLength: node.charactersMax };
    }
    case 'choice':
      return { type: 'string', enum: node.choices };
    case 'quantity':
      return node.bareNumbers
        ? {
            anyOf: [{ type: 'integer' }, { type: 'string' }],
            'x-kubernetes-int-or-string': true,
            maxLength: QUANTITY_CHARACTERS_MAX,
          }
        : { type: 'string', maxLength: QUANTITY_CHARACTERS_MAX };
    case 'list': {
      const minItems = node.itemsMin === 0 ? {} : { minItems: node.itemsMin };
      const merged =
        node.keys.length === 0
          ? { 'x-kubernetes-list-type': 'atomic' }
          : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': node.keys };
      return {
        type: 'array',
        ...minItems,
        maxItems: node.itemsMax,
        ...merged,
        items: structuralSchema(node.items),
      };
    }
    case 'map':
      return {
        type: 'object',
        maxProperties: node.entriesMax,
        additionalProperties: structuralSchema(node.values),
      };
    case 'record':
      return schemaOfRecord(node);
  }
}

function schemaOfRecord(node: RecordNode): Schema {
  const fields = Object.entries(node.fields);
  const required = fields.filter(([, field]) => field.presence === 'required').map(([name]) => name);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOfField(field)])),
  };
}

function schemaOfField({ node, presence, fallback }: Field): Schema {
  const schema = structuralSchema(node);
  return presence === 'defaulted' ? { ...schema, default: fallback } : schema;
}

function validationsOf(node: Node): Schema[] {
  const rules: readonly (Rule<never> | Transition)[] = 'rules' in node ? node.rules : [];
  const transitions = node.kind === 'record' ? node.transitions : [];
  return [...rules, ...transitions].map(validation);
}

export function validation({ cel, must, field }: Pick<Rule<never>, 'cel' | 'must' | 'field'>): Schema {
  return { rule: cel, message: must, ...(field === undefined ? {} : { fieldPath: `.${field}` }) };
}
