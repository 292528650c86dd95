/** The examples of docs/watch.md, run as they stand there: only ports and the place of files differ. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { RealCluster } from './testing/real-cluster.ts';

const DOCUMENT = path.join(import.meta.dirname, '..', 'docs', 'watch.md');

interface Example {
  readonly command: string;
  readonly output: string;
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, body = '']) => body,
  );
}

function examplesIn(text: string): Example[] {
  const examples = blocks(text, 'console').flatMap((block) => block.split(/^\$ /m).slice(1));
  return examples.map((example) => {
    const end = example.indexOf('\n');
    return { command: example.slice(0, end), output: example.slice(end + 1) };
  });
}

/** What the command prints; it may end as it likes, as `curl -m` does. */
async function outputOf(command: string, directory: string): Promise<string> {
  const child = spawn('bash', ['-c', command], { cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

test('the examples of docs/watch.md print what they say', async (t) => {
  const cluster = await RealCluster.start(t);
  const here = (text: string): string =>
    text.replaceAll(/127\.0\.0\.1:83(79|80|81)|-p 63(79|80|81)/g, (match, http, redis) => {
      const { httpPort, redisPort } = cluster.address(Number(http ?? redis) - 79);
      return match.startsWith('-p') ? `-p ${redisPort}` : `127.0.0.1:${httpPort}`;
    });
  const text = readFileSync(DOCUMENT, 'utf8');
  const [program = ''] = blocks(text, 'js');
  writeFileSync(path.join(cluster.directory, 'watch.js'), here(program));
  const examples = examplesIn(text);
  assert.equal(examples.length, 8);
  for (const { command, output } of examples) {
    if (command.startsWith('redis-cli ') && !(await hasRedisCli())) await sayInRedis(cluster, here(command));
    else {
      const run = here(command).replace(/^node /, `${process.execPath} `);
      assert.equal(await outputOf(run, cluster.directory), output, command);
    }
  }
});

async function hasRedisCli(): Promise<boolean> {
  return (await outputOf('command -v redis-cli', '.')) !== '';
}

/** Where no redis-cli is installed. */
async function sayInRedis(cluster: RealCluster, command: string): Promise<void> {
  const { RespConnection } = await import('./testing/resp-connection.ts');
  const [, , port, ...words] = command.split(' ');
  const connection = await RespConnection.open(Number(port));
  assert.match((await connection.ask(...words)) ?? '', /^[+:]/, `${command} in ${cluster.directory}`);
}
