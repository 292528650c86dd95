import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { InvalidInput } from '../errors.ts';
import { SecretFile } from './secret-file.ts';
import { readAgain, secretsOf } from './testing/secret-files.ts';

test('a secret file holds one secret a line, up to two, in any bytes but control characters', (t) => {
  const { file } = secretsOf(t, ['first', 'se cond\u00e0\r', '']);
  assert.equal(file.current.length, 2);
  assert.equal(file.match('first'), file.current[0]);
  // Bytes of UTF-8, as they come over a wire.
  assert.equal(file.match(Buffer.from('se cond\u00e0').toString('latin1')), file.current[1]);
  for (const wrong of ['', 'firs', 'first ', 'First', 'second']) assert.equal(file.match(wrong), undefined);
});

test('a secret file that breaks a rule is refused by option, name and rule, and never quoted', (t) => {
  const cases: [string, RegExp][] = [
    ['', /^--password-file must name a file with a password in it: it is "\S+"$/],
    ['\n\n', /with a password in it/],
    ['hush1\nhush2\nhush3', /of at most 2 lines, a password each/],
    ['hush\nhush', /whose passwords differ/],
    [' hush', /begin and end with no blank/],
    ['hush\t', /no control characters/],
    ['hush'.repeat(129), /at most 512 bytes each/],
    ['hush'.repeat(2_000), /must be a file of at most 4096 bytes/],
  ];
  for (const [text, rule] of cases) {
    assert.throws(
      () => secretsOf(t, [text]),
      (error) =>
        error instanceof InvalidInput && rule.test(error.message) && !inspect(error).includes('hush'),
      String(rule),
    );
  }
  assert.throws(() => secretsOf(t, ['short'], { bytesMin: 32 }), /have at least 32 bytes each/);
  const options = { option: '--cluster-secret-file', noun: 'secret', bytesMin: 1, report: () => undefined };
  assert.throws(
    () => new SecretFile({ ...options, name: '/nowhere' }),
    /can be read \(ENOENT\): it is "\/nowhere"/,
  );
  assert.throws(
    () => new SecretFile({ ...options, name: '/dev/zero' }),
    /must be a file of at most 4096 bytes/,
  );
  assert.throws(() => new SecretFile({ ...options, name: '/' }), /must be a file of at most/);
});

test('a secret does not show in JSON, in inspections or in texts', (t) => {
  const { file } = secretsOf(t, ['hush']);
  const shown = [
    JSON.stringify(file.current),
    inspect(file, { depth: 9, showHidden: true }),
    String(file.current),
  ];
  assert.ok(!shown.join().includes('hush'), shown.join());
});

test('a changed file is read again: what stays is the same secret, what is gone matches no more', async (t) => {
  const secrets = secretsOf(t, ['old']);
  const { file, reports } = secrets;
  const [old] = file.current;
  const told: number[] = [];
  file.onChange((current) => told.push(current.length));
  await secrets.replace('old', 'new');
  assert.equal(file.match('old'), old);
  assert.ok(file.match('new'));
  await secrets.replace('new');
  assert.equal(file.match('old'), undefined);
  assert.deepEqual(told, [2, 1]);
  assert.deepEqual(reports, [
    `--password-file read again: 2 passwords of ${secrets.name}`,
    `--password-file read again: 1 password of ${secrets.name}`,
  ]);
});

test('a bad or missing new file leaves the old secrets in force, says so, and is taken when it is good', async (t) => {
  const secrets = secretsOf(t, ['old']);
  const { file, reports, name } = secrets;
  await secrets.replace('');
  assert.ok(file.match('old'));
  assert.equal(
    reports[0],
    `--password-file NOT read again: --password-file must name a file with a password in it: it is "${name}"; ` +
      `still in force: 1 password of ${name}`,
  );
  unlinkSync(name);
  await readAgain(reports, 2);
  assert.match(reports[1] ?? '', /NOT read again: .*ENOENT.*still in force/);
  assert.ok(file.match('old'));
  await secrets.replace('new');
  assert.equal(file.match('old'), undefined);
  assert.ok(file.match('new'));
});

test('a file below a symbolic link that is swapped is read again, as Kubernetes mounts a Secret', async (t) => {
  const mount = mkdtempSync(path.join(tmpdir(), 'paxoskv-mount-'));
  t.after(() => rmSync(mount, { recursive: true }));
  const version = (directory: string, password: string) => {
    mkdirSync(path.join(mount, directory));
    writeFileSync(path.join(mount, directory, 'password'), password);
    symlinkSync(directory, path.join(mount, '..data_tmp'));
    renameSync(path.join(mount, '..data_tmp'), path.join(mount, '..data'));
  };
  version('..2026_01_01', 'old');
  symlinkSync('..data/password', path.join(mount, 'password'));
  const reports: string[] = [];
  const file = new SecretFile({
    option: '--password-file',
    name: path.join(mount, 'password'),
    noun: 'password',
    bytesMin: 1,
    report: (text) => reports.push(text),
    lookIntervalMs: 2,
  });
  t.after(() => file.close());
  assert.ok(file.match('old'));
  version('..2026_01_02', 'new');
  rmSync(path.join(mount, '..2026_01_01'), { recursive: true });
  await readAgain(reports, 1);
  assert.equal(file.match('old'), undefined);
  assert.ok(file.match('new'));
});
