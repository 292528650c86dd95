/**
 * Server-side apply only where it could change something, so that an operator at rest writes nothing.
 *
 * A wanted object and the live one can't be compared: the server fills in defaults and rewrites quantities.
 * But what the server made of our last apply can be compared with what is live now. As long as we want the
 * same and the object is the same but for its status, there is nothing to do; if anybody has changed
 * anything, we apply again and remember the new answer. Nothing is remembered over a restart: the first
 * apply of each object then finds nothing to change, and the server writes nothing.
 */
import { createHash } from 'node:crypto';
import type { Kind } from './kind.ts';
import type { KubeApi } from './kube-api.ts';
import { keyOf, type KubeObject, type Live, nameOf, type ObjectMetadata } from './kube-object.ts';
import { canonicalJson } from './json-text.ts';

interface Remembered {
  readonly wanted: string;
  readonly answered: string;
}

export class Applier {
  readonly #api: KubeApi;
  readonly #remembered = new Map<string, Remembered>();

  constructor(api: KubeApi) {
    this.#api = api;
  }

  /**
   * Makes the object as it is wanted; `live` is what a cache says that it is, or `undefined` if it says that
   * there is none. Returns what is live then, and whether the API server was asked.
   *
   * `exactly`: only to the version that `live` is. What is wanted then may depend on how the object was.
   *
   * @throws {Invalid | Forbidden | Conflict}
   */
  async apply<T extends KubeObject>(
    kind: Kind,
    object: T,
    live: Live<T> | undefined,
    { exactly = false }: { readonly exactly?: boolean } = {},
  ): Promise<{ readonly object: Live<T>; readonly asked: boolean }> {
    const key = `${kind.apiVersion}/${kind.kind}/${keyOf(object.metadata)}`;
    const wanted = digest(object);
    const known = this.#remembered.get(key);
    if (live !== undefined && known?.wanted === wanted && known.answered === digest(lasting(live))) {
      return { object: live, asked: false };
    }
    const resourceVersion = exactly ? live?.metadata.resourceVersion : undefined;
    const version = resourceVersion === undefined ? {} : { resourceVersion };
    const answer = await this.#api.apply(kind, { ...object, metadata: { ...object.metadata, ...version } });
    this.#remembered.set(key, { wanted, answered: digest(lasting(answer)) });
    return { object: answer, asked: true };
  }

  /** Whether `live` is what the server made of this very object. False for one that this process never applied. */
  isInForce<T extends KubeObject>(kind: Kind, object: T, live: Live<T>): boolean {
    const known = this.#remembered.get(`${kind.apiVersion}/${kind.kind}/${keyOf(object.metadata)}`);
    return known?.wanted === digest(object) && known.answered === digest(lasting(live));
  }

  /** Forgets what is not there any more. Forgetting too much costs one request, too little some bytes. */
  forget(kind: Kind, name: { readonly name: string; readonly namespace?: string }): void {
    this.#remembered.delete(`${kind.apiVersion}/${kind.kind}/${keyOf(name)}`);
  }

  /**
   * Sets the status, if it is not so already. We alone write it, and the schema gives no defaults to it, so
   * here the two can be compared.
   *
   * @throws {NotFound} when the object is gone
   * @throws {Conflict} when it has another version by now: what was read of it may be of the past
   * @throws {Conflict | Invalid} when another one has taken its name
   */
  async applyStatus(
    kind: Kind,
    live: Live<KubeObject & { readonly status?: unknown }>,
    status: object,
  ): Promise<boolean> {
    if (live.status !== undefined && canonicalJson(live.status) === canonicalJson(status)) return false;
    const { uid, resourceVersion } = live.metadata;
    // The uid, so that the status of a deleted object never lands on one that was made anew.
    const metadata: ObjectMetadata = { ...nameOf(live.metadata), uid, resourceVersion };
    const object = { apiVersion: kind.apiVersion, kind: kind.kind, metadata, status };
    await this.#api.applyStatus(kind, object);
    return true;
  }
}

/** What of an object changes only when somebody wants something else of it. */
function lasting(object: Live): unknown {
  const { status: _, metadata, ...rest } = object as Live & { readonly status?: unknown };
  const { resourceVersion: __, generation: ___, ...kept } = metadata;
  return { ...rest, metadata: kept };
}

/** A hundred clusters have a thousand objects: their digests are kept, not their texts. */
function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64');
}
