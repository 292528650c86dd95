/** What the two Dockerfiles say of the release, of the user and of process 1. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { NODE_IMAGE, VERSION } from '../operator/src/resource/release.ts';
import { podTemplate } from '../operator/src/desired/pod-template.ts';
import { wantedExample } from '../operator/src/desired/testing/wanted-example.ts';

const root = path.join(import.meta.dirname, '..');

for (const name of ['node', 'operator']) {
  const text = readFileSync(path.join(root, `Dockerfile.${name}`), 'utf8');

  test(`Dockerfile.${name} is of this release`, () => {
    assert.match(text, new RegExp(`^ARG VERSION=${VERSION.replaceAll('.', '\\.')}$`, 'm'));
    assert.ok(text.includes(`--tag paxoskv/${name}:${VERSION} .`));
    assert.equal(NODE_IMAGE, `paxoskv/node:${VERSION}`);
  });

  test(`Dockerfile.${name} ends as nobody in particular, with no shell before process 1, and runs nothing after npm's stages`, () => {
    const last = text.slice(text.lastIndexOf('\nFROM '));
    const user = /^USER (\d+):(\d+)$/m.exec(last);
    assert.match(last, /^ENTRYPOINT \["node", /m);
    assert.match(last, /^STOPSIGNAL SIGTERM$/m);
    assert.doesNotMatch(last, /^(?:RUN|ADD) /m);
    const { securityContext } = (podTemplate(wantedExample()) as { spec: { securityContext: object } }).spec;
    assert.partialDeepStrictEqual(securityContext, {
      runAsUser: Number(user?.[1]),
      runAsGroup: Number(user?.[2]),
    });
  });
}

test('the operator has the page of the consoles that it leads to', () => {
  const operator = readFileSync(path.join(root, 'Dockerfile.operator'), 'utf8');
  assert.match(operator, /^COPY node\/console node\/console$/m);
  assert.match(readFileSync(path.join(root, '.dockerignore'), 'utf8'), /^!node\/console\/$/m);
});
