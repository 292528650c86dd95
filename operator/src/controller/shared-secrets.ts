/**
 * What a cluster's replicas share, and how the operator gets in at their admin ports. What the operator makes up is made once: it is
 * created, never applied, so that of two who do so at a time one finds the other's.
 */
import { randomBytes } from 'node:crypto';
import { authSecret, authSecretName, PASSWORD_KEY } from '../desired/auth-secret.ts';
import { CLUSTER_SECRET_KEY, clusterSecret } from '../desired/cluster-secret.ts';
import { clusterSecretName, ownAuthSecretName, tlsSecretName } from '../desired/names.ts';
import type { OwnedObject } from '../desired/owned-object.ts';
import type { Wanted } from '../desired/wanted.ts';
import { SECRET } from '../kube/builtin-kinds.ts';
import { AlreadyExists } from '../kube/failures.ts';
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
    const drawn = randomBytes(SECRET_BYTES).toString('base64url');
    const shared = await this.#ownValue(
      namespace,
      clusterSecretName(name),
      CLUSTER_SECRET_KEY,
      drawn,
      (value) => clusterSecret({ ...wanted, clusterSecret: value, password: '' }),
    );
    const password =
      auth.enabled && auth.secretName === undefined
        ? await this.#ownValue(namespace, ownAuthSecretName(name), PASSWORD_KEY, drawnPassword(), (value) =>
            authSecret({ ...wanted, clusterSecret: shared, password: value }),
          )
        : '';
    const missing: string[] = [];
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

  /** The value that is there, or `drawn`, which is there then. */
  async #ownValue(
    namespace: string,
    name: string,
    key: string,
    drawn: string,
    build: (value: string) => OwnedObject | undefined,
  ): Promise<string> {
    const known = this.#cached.find(SECRET, { namespace, name });
    const live = known ?? (await this.#api.find(SECRET, { namespace, name }));
    const value = dataOf(live)?.[key];
    if (value !== undefined) return decoded(value);
    const object = build(drawn);
    if (object === undefined || live !== undefined) return drawn;
    // Without an owner: what was created with one, no apply takes back when the volumes are to be kept.
    const { ownerReferences: _, ...metadata } = object.metadata;
    try {
      await this.#api.create(SECRET, { ...object, metadata });
      return drawn;
    } catch (error) {
      if (!(error instanceof AlreadyExists)) throw error;
      const other = dataOf((await this.#api.get(SECRET, { namespace, name })) as LooseObject)?.[key];
      return other === undefined ? drawn : decoded(other);
    }
  }

  async #namedData(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
    const key = `${namespace}/${name}`;
    const known = this.#named.get(key);
    const ageMs = known === undefined ? Infinity : performance.now() - known.readMs;
    if (known !== undefined && ageMs < (known.data === undefined ? MISSING_AGE_MS : NAMED_AGE_MS))
      return known.data;
    const data = dataOf(await this.#api.find<LooseObject>(SECRET, { namespace, name }));
    this.#named.set(key, { data, readMs: performance.now() });
    return data;
  }
}

/** Letters and digits alone: it stands in addresses and on command lines. */
function drawnPassword(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

function dataOf(secret: LooseObject | undefined): Readonly<Record<string, string>> | undefined {
  return secret === undefined ? undefined : ((secret['data'] ?? {}) as Record<string, string>);
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
