import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { VERSION } from './release.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Every schema in a schema, with its path. */
function* schemasIn(schema: Schema, at = ''): Generator<[string, Schema]> {
  yield [at, schema];
  for (const [name, field] of Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)) {
    yield* schemasIn(field, `${at}.${name}`);
  }
  for (const inner of ['items', 'additionalProperties']) {
    if (schema[inner] !== undefined) yield* schemasIn(schema[inner] as Schema, `${at}[]`);
  }
}

function root(): Schema {
  const { spec } = customResourceDefinition() as {
    spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] };
  };
  return spec.versions[0].schema.openAPIV3Schema;
}

test('every field has a meaning and a bound', () => {
  const bounds: Readonly<Record<string, string>> = {
    string: 'maxLength',
    array: 'maxItems',
    integer: 'maximum',
  };
  for (const [at, schema] of schemasIn(root())) {
    if (['.apiVersion', '.kind', '.metadata'].includes(at)) continue;
    assert.equal(typeof schema['description'], 'string', `${at} has no meaning`);
    const bound = bounds[String(schema['type'])];
    if (bound !== undefined) assert.ok(bound in schema || 'enum' in schema, `${at} has no bound`);
    if ('additionalProperties' in schema) assert.ok('maxProperties' in schema, `${at} has no bound`);
  }
});

test('every rule says what to write instead', () => {
  const rules = [...schemasIn(root())].flatMap(
    ([, schema]) => (schema['x-kubernetes-validations'] ?? []) as { rule: string; message: string }[],
  );
  assert.ok(rules.length > 40);
  for (const { rule, message } of rules) assert.match(message, /^must /, rule);
});

test('VERSION is the version of the package', () => {
  const file = path.join(import.meta.dirname, '../../package.json');
  assert.equal(VERSION, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version);
});
