/** `paxosctl get`, `put` and `del`: one key, over the HTTP door. */
import { readFileSync } from 'node:fs';
import type { OptionSpec } from '../../src/command-line.ts';
import { InvalidInput } from '../../src/errors.ts';
import { percentEncode } from '../../src/http/percent.ts';
import { parseTtl } from '../../src/http/query.ts';
import { askClientDoor } from '../client-door.ts';
import type { Command, Invocation } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { bytesFields } from '../json-bytes.ts';
import { failureOf, refusalOf } from '../problem.ts';

const IF_REVISION: OptionSpec = {
  name: 'if-revision',
  value: 'N',
  help: 'only if the key is at this revision; 0: only if there is no such key',
};

/** In the value's place: it comes from standard input. */
const FROM_INPUT = '-';

export const GET: Command = {
  name: 'get',
  operands: [{ name: 'KEY' }],
  summary: 'prints the value of a key, byte for byte; ends with 1 when there is none',
  options: [],
  async run({ operands: [key = ''], connections, output, signal }: Invocation): Promise<ExitCode> {
    const answer = await askClientDoor(connections, { path: pathOf(key), signal });
    if (answer.status === 404) {
      output.no({ key, value: null, revision: null }, `there is no key ${JSON.stringify(key)}`);
      return EXIT.no;
    }
    if (answer.status !== 200) throw failureOf(answer.endpoint, refusalOf(answer.status, answer.body));
    if (!output.json) {
      output.streams.out(answer.body);
      if (output.streams.outIsTerminal) output.streams.out('\n');
      return EXIT.ok;
    }
    const expiresAt = answer.headers['paxoskv-expires-at'];
    output.value({
      key,
      ...bytesFields('value', answer.body),
      revision: revisionOf(answer.headers),
      ...(expiresAt === undefined ? {} : { expiresAtMs: Number(expiresAt) }),
    });
    return EXIT.ok;
  },
};

export const PUT: Command = {
  name: 'put',
  operands: [{ name: 'KEY' }, { name: 'VALUE' }],
  summary: 'sets a key; with - as VALUE to what comes on standard input',
  options: [{ name: 'ttl', value: 'TIME', help: 'the key goes away after 30s, 1500ms, …' }, IF_REVISION],
  async run({ operands: [key = '', value = ''], line, connections, output, signal }): Promise<ExitCode> {
    const body = value === FROM_INPUT ? readFileSync(0) : Buffer.from(value, 'utf8');
    const ttl = line.text('ttl');
    const query = ttl === undefined ? '' : `?ttl=${parseTtl('--ttl', ttl)}ms`;
    const headers = conditionOf(line.text('if-revision'));
    const answer = await askClientDoor(connections, {
      method: 'PUT',
      path: `${pathOf(key)}${query}`,
      headers,
      body,
      signal,
    });
    return changed({ key, answer, output });
  },
};

export const DEL: Command = {
  name: 'del',
  operands: [{ name: 'KEY' }],
  summary: 'deletes a key; ends with 1 when there is none',
  options: [IF_REVISION],
  async run({ operands: [key = ''], line, connections, output, signal }): Promise<ExitCode> {
    const headers = conditionOf(line.text('if-revision'));
    const answer = await askClientDoor(connections, { method: 'DELETE', path: pathOf(key), headers, signal });
    return changed({ key, answer, output });
  },
};

function changed({
  key,
  answer,
  output,
}: Pick<Invocation, 'output'> & {
  readonly key: string;
  readonly answer: Awaited<ReturnType<typeof askClientDoor>>;
}): ExitCode {
  if (answer.status >= 200 && answer.status < 300) {
    const revision = revisionOf(answer.headers);
    output.result({ key, changed: true, revision }, `revision ${revision}`);
    return EXIT.ok;
  }
  if (answer.status === 404 || answer.status === 412) {
    const reason = refusalOf(answer.status, answer.body).detail;
    output.no({ key, changed: false, reason }, `nothing was changed: ${reason}`);
    return EXIT.no;
  }
  throw failureOf(answer.endpoint, refusalOf(answer.status, answer.body));
}

/** The path of a key that is written in the terminal's encoding, UTF-8. */
function pathOf(key: string): string {
  if (key === '') throw new InvalidInput('KEY', key, 'must not be empty');
  return `/v1/kv/${percentEncode(Buffer.from(key, 'utf8').latin1Slice())}`;
}

function conditionOf(revision: string | undefined): Record<string, string> {
  if (revision === undefined) return {};
  if (!/^\d{1,15}$/.test(revision))
    throw new InvalidInput('--if-revision', revision, 'must be a revision, or 0');
  return Number(revision) === 0 ? { 'If-None-Match': '*' } : { 'If-Match': `"${Number(revision)}"` };
}

function revisionOf(headers: Readonly<Record<string, unknown>>): number | null {
  const revision = headers['paxoskv-revision'];
  return revision === undefined ? null : Number(revision);
}
