import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readmeWith, unexplained, valueRows } from '../scripts/value-table.ts';

const VALUES = `# About the file.
# -- The size,
# or the number.
size: 3
image:
  # -- Its name.
  name: 'a'
  # -- What is not there
  tag: null
labels: {}
`;

test('valueRows() finds the values that a comment explains, over several lines, with their defaults', () => {
  assert.deepEqual(valueRows(VALUES), [
    { path: 'size', fallback: 3, meaning: 'The size, or the number.' },
    { path: 'image.name', fallback: 'a', meaning: 'Its name.' },
    { path: 'image.tag', fallback: undefined, meaning: 'What is not there' },
  ]);
});

test('valueRows() refuses a comment that explains nothing', () => {
  assert.throws(() => valueRows('# -- Lost\n\nsize: 3\n'), /"Lost" explains nothing/);
});

test('unexplained() finds the values without an explanation', () => {
  assert.deepEqual(unexplained(VALUES), ['labels']);
});

test('readmeWith() replaces the table and nothing else', () => {
  const [begin, end] = ['<!-- values: made by `npm run manifests` -->', '<!-- end of values -->'];
  const readme = `# A chart\n${begin}\nold\n${end}\nThe end.\n`;
  const rows = [{ path: 'a', fallback: 'x|y', meaning: 'of <name>' }];
  const made = readmeWith(readme, rows);
  assert.ok(made.startsWith(`# A chart\n${begin}\n`) && made.endsWith(`${end}\nThe end.\n`));
  assert.ok(made.includes('| `a` | `"x\\|y"` | of &lt;name> |') && !made.includes('old'));
  assert.equal(readmeWith(made, rows), made);
  assert.throws(() => readmeWith('# A chart\n', []), /has no/);
});
