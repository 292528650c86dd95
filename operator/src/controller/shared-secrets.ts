/**
 * What a cluster's replicas share, and how the operator gets in at their admin ports. What the operator makes up is written once: it is
 * created, never applied, so that of two who do so at a time one finds the other's, and what somebody puts in its place stays.
 */
import { randomBytes } from 'node:crypto';
import { authSecret, authSecretName, PASSWORD_KEY } from '../desired/auth-secret.ts';
import { CLUSTER_SECRET_KEY, clusterSecret } from '../desired/cluster-secret.ts';
import { clusterSecretName, ownAuthSecretName, tlsSecretName } from '../desired/names.ts';
import type { OwnedObject } from '../desired/owned-object.ts';
import type { Wanted } from '../desired/wanted.ts';
import { SECRET } from '../kube/builtin-kinds.ts';
import { AlreadyExists, isRefusal } from '../kube/failures.ts';
import type { KubeApi } from '../kube/kube-api.ts';
import type { PaxosCluster } from '../resource/paxos-cluster.ts';
import type { CachedObjects, LooseObject } from './cluster-objects.ts';

const SECRET_BYTES = 32;
/** Secrets that users name are not watched, since that would take the right to read all of them: they are asked for so often. */
const NAMED_AGE_MS = 60_000;
const MISSING_AGE_MS = 5_000;

export interface ClusterAccess {
  /** As the replicas read it. */
  readonly clusterSecret: string;
  readonly password: string;
  /** Who signs the replicas' certificates, in PEM; undefined: they speak no TLS. */
  readonly authority: string | undefined;
  /** A sentence for each Secret that isn't there or lacks something. */
  readonly missing: readonly string[];
}

/** What the operator makes up. */
interface OwnValue {
  readonly secretName: string;
  readonly key: string;
  /** Asked only when there is none yet. */
  readonly draw: () => string;
  /** The Secret with that value in it; undefined: the spec wants none. */
  readonly build: (value: string) => OwnedObject | undefined;
}

interface Named {
  readonly data: Readonly<Record<string, string>> | undefined;
  readonly readMs: number;
}

export class SharedSecrets {
  readonly #api: KubeApi;
  readonly #cached: CachedObjects;
  /** By namespace and name. */
  readonly #named = new Map<string, Named>();

  constructor(api: KubeApi, cached: CachedObjects) {
    this.#api = api;
    this.#cached = cached;
  }

  /** `wanted` is everything but what this answers with. */
  async accessOf(
    cluster: PaxosCluster,
    wanted: Omit<Wanted, 'clusterSecret' | 'password'>,
  ): Promise<ClusterAccess> {
    const { namespace, name } = cluster.metadata;
    const { auth, tls } = cluster.spec;
    const missing: string[] = [];
    const ownValue = async (own: OwnValue): Promise<string> => {
      const { value, lacking } = await this.#ownValue(cluster, own);
      if (lacking !== undefined) missing.push(lacking);
      return value;
    };
    const shared = await ownValue({
      secretName: clusterSecretName(name),
      key: CLUSTER_SECRET_KEY,
      draw: drawnSecret,
      build: (value) => clusterSecret({ ...wanted, clusterSecret: value, password: '' }),
    });
    const password =
      auth.enabled && auth.secretName === undefined
        ? await ownValue({
            secretName: ownAuthSecretName(name),
            key: PASSWORD_KEY,
            draw: drawnPassword,
            build: (value) => authSecret({ ...wanted, clusterSecret: shared, password: value }),
          })
        : '';
    const require = async (
      secretName: string,
      keys: readonly string[],
    ): Promise<Readonly<Record<string, string>>> => {
      const data = await this.#namedData(namespace, secretName);
      const lacking = keys.filter((key) => data?.[key] === undefined);
      if (data === undefined) missing.push(`there is no Secret ${secretName}`);
      else if (lacking.length > 0)
        missing.push(`the Secret ${secretName} must have ${lacking.join(' and ')}`);
      return data ?? {};
    };
    const named = authSecretName(cluster);
    if (auth.secretName !== undefined && named !== undefined) await require(named, [PASSWORD_KEY]);
    let authority: string | undefined;
    if (tls !== undefined) {
      const data = await require(tls.secretName ?? tlsSecretName(name), ['tls.crt', 'tls.key', 'ca.crt']);
      authority = decoded(data['ca.crt'] ?? '');
      if (tls.clientAuthoritySecretName !== undefined)
        await require(tls.clientAuthoritySecretName, ['ca.crt']);
    }
    return { clusterSecret: shared, password, authority, missing };
  }

  /** The value that is there, or the drawn one: written where nothing is and the cluster is the operator's to change. */
  async #ownValue(
    { metadata, spec }: PaxosCluster,
    { secretName: name, key, draw, build }: OwnValue,
  ): Promise<{ value: string; lacking?: string }> {
    const { namespace } = metadata;
    const known = this.#cached.find(SECRET, { namespace, name });
    const found = dataOf(known)?.[key];
    if (found !== undefined) return { value: decoded(found) };
    // Before anything is written, the API server itself is asked: a cache may be behind.
    const live = await this.#api.find<LooseObject>(SECRET, { namespace, name });
    const value = dataOf(live)?.[key];
    if (value !== undefined) return { value: decoded(value) };
    const drawn = draw();
    const object = build(drawn);
    if (spec.paused || metadata.deletionTimestamp !== undefined || object === undefined) {
      return { value: drawn, lacking: lackingText(name, key, live) };
    }
    try {
      await this.#write(object, key, live);
      return { value: drawn };
    } catch (error) {
      if (error instanceof AlreadyExists) {
        const other = dataOf(await this.#api.get<LooseObject>(SECRET, { namespace, name }))?.[key];
        // One that lacks the key gets it with the next look: until it is there, nothing may go by what was drawn.
        if (other === undefined) throw error;
        return { value: decoded(other) };
      }
      // A quota or an admission rule: everything else goes on.
      if (!isRefusal(error)) throw error;
      return { value: drawn, lacking: `${lackingText(name, key, live)}: ${error.message}` };
    }
  }

  /** `live`: without the key, which is given to this very version of it, so that nobody's value is written over. */
  async #write(object: OwnedObject, key: string, live: LooseObject | undefined): Promise<void> {
    // Without an owner: what was created with one, no apply takes back when the volumes are to be kept.
    const { ownerReferences: _, ...metadata } = object.metadata;
    if (live === undefined) {
      await this.#api.create(SECRET, { ...object, metadata });
      return;
    }
    const { namespace, name } = metadata;
    const { uid, resourceVersion } = live.metadata;
    const data = { [key]: dataOf(object as unknown as LooseObject)?.[key] };
    await this.#api.patch(SECRET, { namespace, name }, { metadata: { uid, resourceVersion }, data });
  }

  async #namedData(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const key = `${namespace}/${name}`;
    const known = this.#named.get(key);
    const ageMs = known === undefined ? Infinity : performance.now() - known.readMs;
    if (known !== undefined && ageMs < (known.data === undefined ? MISSING_AGE_MS : NAMED_AGE_MS))
      return known.data;
    const data = dataOf(await this.#api.find<LooseObject>(SECRET, { namespace, name }));
    const nowMs = performance.now();
    for (const [other, { readMs }] of this.#named)
      if (nowMs - readMs >= NAMED_AGE_MS) this.#named.delete(other);
    this.#named.set(key, { data, readMs: nowMs });
    return data;
  }
}

function lackingText(name: string, key: string, live: LooseObject | undefined): string {
  return live === undefined ? `there is no Secret ${name}` : `the Secret ${name} must have ${key}`;
}

function drawnSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Letters and digits alone: it stands in addresses and on command lines. */
function drawnPassword(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

/** A value that is empty is none: no replica would take it. */
function dataOf(secret: LooseObject | undefined): Readonly<Record<string, string>> | undefined {
  if (secret === undefined) return undefined;
  const data = (secret['data'] ?? {}) as Record<string, string>;
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== ''));
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
