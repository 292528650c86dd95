import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandLine, describeOptions, type OptionSpec } from './command-line.ts';
import { InvalidInput } from './errors.ts';

const SPECS: readonly OptionSpec[] = [
  { name: 'count', value: 'N', help: 'how many', fallback: '3' },
  { name: 'every', value: 'TIME', help: 'how often' },
  { name: 'loud', help: 'say more' },
];

const parse = (...argv: string[]) => new CommandLine(SPECS, argv);

function refuses(act: () => unknown, message: string): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof InvalidInput);
    assert.equal(error.message, message);
    return true;
  });
}

test('CommandLine gives values, fallbacks and flags', () => {
  const line = parse('--count', '5', '--loud');
  assert.equal(line.integer('count', 1, 9), 5);
  assert.equal(line.has('loud'), true);
  assert.equal(line.text('every'), undefined);
  assert.equal(parse().integer('count', 1, 9), 3);
  assert.equal(parse('--count=7').integer('count', 1, 9), 7);
});

test('CommandLine refuses what is not an option', () => {
  refuses(() => parse('--size', '3'), 'option must be one that --help lists: it is "--size"');
  refuses(() => parse('-l'), 'option must be one that --help lists: it is "-l"');
  refuses(() => parse('five'), 'argument must be an option: it is "five"');
});

test('CommandLine refuses a missing, a repeated and a needless value', () => {
  refuses(() => parse('--count'), '--count must be followed by its value (N): it is undefined');
  refuses(() => parse('--count', '--loud'), '--count must be followed by its value (N): it is "--loud"');
  refuses(() => parse('--count', '1', '--count', '2'), '--count must be given once only: it is "2"');
  refuses(() => parse('--loud=yes'), '--loud takes no value: it is "yes"');
});

test('CommandLine integer() refuses texts that are not whole numbers in the range', () => {
  for (const text of ['0', '10', '1.5', '1e1', 'many', ' 3', '0x3']) {
    refuses(
      () => parse('--count', text).integer('count', 1, 9),
      `--count must be a whole number from 1 to 9: it is ${JSON.stringify(text)}`,
    );
  }
});

test('CommandLine durationMs() knows milliseconds, seconds and minutes', () => {
  assert.equal(parse('--every', '250ms').durationMs('every'), 250);
  assert.equal(parse('--every', '10s').durationMs('every'), 10_000);
  assert.equal(parse('--every', '2m').durationMs('every'), 120_000);
  assert.equal(parse().durationMs('every'), undefined);
  for (const text of ['10', '0s', 's', '-1s', '99999m', '1h']) {
    refuses(
      () => parse('--every', text).durationMs('every'),
      `--every must be a time such as 500ms, 10s or 2m, at most 24 days: it is "${text}"`,
    );
  }
});

test('CommandLine bytes() knows binary and decimal units', () => {
  assert.equal(parse('--every', '17').bytes('every', 1e12), 17);
  assert.equal(parse('--every', '0').bytes('every', 1e12), 0);
  assert.equal(parse('--every', '512MiB').bytes('every', 1e12), 512 * 1024 * 1024);
  assert.equal(parse('--every', '2GB').bytes('every', 1e12), 2e9);
  assert.equal(parse().bytes('every', 1e12), undefined);
  for (const text of ['1.5GB', '-1', '1mb', 'MB', '1TB', '9GB']) {
    refuses(
      () => parse('--every', text).bytes('every', 8e9),
      `--every must be a size such as 1048576, 512MiB or 2GB, at most 8000000000: it is "${text}"`,
    );
  }
});

test('describeOptions() lists every option with its default', () => {
  assert.equal(
    describeOptions(SPECS),
    ['  --count N     how many (default 3)', '  --every TIME  how often', '  --loud        say more'].join(
      '\n',
    ),
  );
});
