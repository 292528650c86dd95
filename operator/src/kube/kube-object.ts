/**
 * Objects of the API server as plain JSON: what was parsed is what is kept, with times as texts, so that an
 * object from a LIST, a WATCH and a GET look alike and compare alike.
 */
import { BadAnswer } from './failures.ts';
import type { Kind } from './kind.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

/** An object that is wanted or exists. Kinds extend this with their own fields. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
}

/** An object that the API server has given out: it knows its identity and its version. */
export type Live<T extends KubeObject = KubeObject> = T & {
  readonly metadata: ObjectMetadata & { readonly uid: string; readonly resourceVersion: string };
};

/** What an object is called within its kind; `namespace` is absent where the kind has none. */
export interface ObjectName {
  readonly name: string;
  readonly namespace?: string;
}

/** The name alone, of whatever bears one. */
export function nameOf({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace?: string | undefined;
}): ObjectName {
  return namespace === undefined ? { name } : { name, namespace };
}

/** `namespace/name`, or the name alone: a key of caches and queues. */
export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The reverse of {@link keyOf}. */
export function nameOfKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * What the API server answered, as an object of this kind. Items of a LIST lack `kind` and `apiVersion`:
 * they get them. `managedFields` goes: nobody here reads it, and it is often half of an object.
 *
 * @throws {BadAnswer} when the answer is no object with a name, a uid and a resourceVersion
 */
export function liveObject<T extends KubeObject>(kind: Kind, answer: unknown): Live<T> {
  const given = answer as { metadata?: Record<string, unknown> } | null | undefined;
  const metadata = given?.metadata;
  for (const field of ['name', 'uid', 'resourceVersion']) {
    if (typeof metadata?.[field] !== 'string') {
      throw new BadAnswer(`an object of kind ${kind.kind} without metadata.${field}`);
    }
  }
  const { managedFields: _, ...kept } = metadata ?? {};
  return { ...given, apiVersion: kind.apiVersion, kind: kind.kind, metadata: kept } as unknown as Live<T>;
}
