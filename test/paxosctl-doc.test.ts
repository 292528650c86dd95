/** docs/paxosctl.md and docs/operations.md show what paxosctl prints, and tell every command. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { describeOptions } from '../node/src/command-line.ts';
import { usageOf } from '../node/ctl/arguments.ts';
import { COMMANDS } from '../node/ctl/command-list.ts';
import { COMMON_OPTIONS } from '../node/ctl/common-options.ts';
import { EXIT } from '../node/ctl/exit-code.ts';
import { tryDocument } from './testing/console-document.ts';
import { FreshReplica } from './testing/fresh-replica.ts';
import { paxosctl } from './testing/paxosctl.ts';
import { RealCluster } from './testing/real-cluster.ts';

const root = path.join(import.meta.dirname, '..');

/** A reader at a terminal: a folder with the data of a cluster that runs, and another process now and then. */
class Reader {
  readonly #t: TestContext;
  readonly #cwd: string;
  readonly #clusters: RealCluster[] = [];

  constructor(t: TestContext) {
    this.#t = t;
    this.#cwd = mkdtempSync(path.join(tmpdir(), 'paxosctl-doc-'));
    t.after(() => rmSync(this.#cwd, { recursive: true, force: true }));
  }

  async start(): Promise<void> {
    const cluster = await RealCluster.start(this.#t);
    this.#clusters.push(cluster);
    symlinkSync(cluster.directory, path.join(this.#cwd, 'data'));
  }

  get #cluster(): RealCluster {
    const cluster = this.#clusters.at(-1);
    assert.ok(cluster !== undefined);
    return cluster;
  }

  /** Ports of the documents are those of `npm start`: here they are this cluster's. */
  readonly run = async (args: readonly string[]) => {
    const base = this.#cluster.address(0).redisPort - 6_379;
    const real = args.map((arg) => moved(arg, base));
    const endpoints = this.#cluster.addresses.map(({ adminPort }) => `127.0.0.1:${adminPort}`).join(',');
    const said = await paxosctl(real, { cwd: this.#cwd, environment: { PAXOSCTL_ENDPOINTS: endpoints } });
    return { ...said, out: moved(said.out, -base), error: moved(said.error, -base) };
  };

  readonly act = async (directive: string): Promise<void> => {
    const [verb, ...words] = directive.split(' ');
    const cluster = this.#cluster;
    switch (verb) {
      case 'kill':
        await cluster.kill(...words.map(Number));
        return;
      case 'restart':
        for (const word of words) cluster.restart(Number(word));
        await cluster.allReady();
        return;
      case 'join':
        await FreshReplica.start(this.#t, cluster.address(0), 3);
        return;
      case 'begin': {
        // The directories that a command has made become a cluster.
        const [name = '', replicas = '1'] = words;
        const portBase = cluster.address(0).redisPort;
        await cluster.end();
        const directory = path.join(this.#cwd, name);
        this.#clusters.push(await RealCluster.start(this.#t, Number(replicas), { directory, portBase }));
        return;
      }
      default:
        assert.fail(`docs: there is no directive ${directive}`);
    }
  };
}

/** A port of `npm start` (the thousands may be 5 to 9) becomes the one that is `distance` further, and the other way round. */
function moved(text: string, distance: number): string {
  return text.replaceAll(/(?<=\s|:|^)\d{4,5}(?=\s|,|$)/gm, (digits) => {
    const [from, to] = [Number(digits), Number(digits) + distance];
    const usual = distance > 0 ? from : to;
    return usual >= 5_379 && usual < 9_389 && usual % 1_000 >= 379 && usual % 1_000 < 389
      ? String(to)
      : digits;
  });
}

test('docs/paxosctl.md tells every command with its options, and the exit codes', () => {
  const text = readFileSync(path.join(root, 'docs/paxosctl.md'), 'utf8');
  for (const command of COMMANDS) {
    const usage = `\`${usageOf(command)}\``;
    assert.ok(text.includes(usage), `it does not tell ${usage}`);
    assert.ok(text.includes(command.summary), `${command.name}: ${command.summary}`);
    if (command.options.length === 0) continue;
    const options = describeOptions(command.options);
    assert.ok(text.includes(options), `the options of ${command.name} are not:\n${options}`);
  }
  assert.ok(text.includes(describeOptions(COMMON_OPTIONS)), describeOptions(COMMON_OPTIONS));
  const codes = [...text.matchAll(/^\| (\d) \| /gm)].map(([, code]) => Number(code));
  assert.deepEqual(codes, Object.values(EXIT));
});

for (const name of ['paxosctl', 'operations']) {
  test(`the examples of docs/${name}.md print what they show`, async (t) => {
    const reader = new Reader(t);
    await reader.start();
    const { run, act } = reader;
    const count = await tryDocument({ file: path.join(root, `docs/${name}.md`), run, act });
    assert.ok(count > 10, `only ${count} commands were found`);
  });
}
