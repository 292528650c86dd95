/**
 * The verbs of the API server that an operator needs, each as one method. Reads are never cached here: they
 * ask the server, which is what must be done before anything is destroyed.
 */
import { POD } from './builtin-kinds.ts';
import { BadAnswer, NotFound, NotLeading } from './failures.ts';
import { collectionPath, groupVersionPath, type Kind, objectPath } from './kind.ts';
import { type KubeObject, type Live, liveObject, nameOf, type ObjectName } from './kube-object.ts';
import { type Labels, labelSelector } from './labels.ts';
import type { ApiRequest, Transport } from './transport.ts';

/** The page size of client-go's pager: some hundred kilobytes of our objects. */
const PAGE_OBJECTS = 500;
const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';
const MERGE_PATCH = 'application/merge-patch+json';

export interface KubeApiOptions {
  readonly transport: Transport;
  /** Under whose name the fields that we set are kept. Always the same, or the fields have two owners. */
  readonly fieldManager: string;
  /**
   * Asked before each write. A process that was paused may hold an answer of long ago in its hands: it must
   * not write by it after another one has become the leader.
   */
  readonly mayWrite?: () => boolean;
  /** For whoever has less patience than the transport, such as the renewal of a lease. */
  readonly requestTimeoutMs?: number;
}

/** Which objects of a kind; without a namespace those of all, without labels all. */
export interface Selection {
  readonly namespace?: string | undefined;
  readonly labels?: Labels | undefined;
}

export interface Listed<T extends KubeObject> {
  readonly items: readonly Live<T>[];
  /** From where a watch goes on. */
  readonly resourceVersion: string;
}

/** What must still be true when a delete arrives; without a resourceVersion, any version of that uid. */
export interface Identity extends ObjectName {
  readonly uid: string;
  readonly resourceVersion?: string;
}

export class KubeApi {
  readonly #transport: Transport;
  readonly #fieldManager: string;
  readonly #mayWrite: () => boolean;
  readonly #timeout: Pick<ApiRequest, 'timeoutMs'>;

  constructor({ transport, fieldManager, mayWrite = () => true, requestTimeoutMs }: KubeApiOptions) {
    this.#transport = transport;
    this.#fieldManager = fieldManager;
    this.#mayWrite = mayWrite;
    this.#timeout = requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs };
  }

  /** @throws {NotFound} */
  async get<T extends KubeObject = KubeObject>(kind: Kind, name: ObjectName): Promise<Live<T>> {
    return liveObject<T>(kind, await this.#ask({ method: 'GET', path: objectPath(kind, name) }));
  }

  /** Like `get`; `undefined` for what is not there. */
  async find<T extends KubeObject = KubeObject>(kind: Kind, name: ObjectName): Promise<Live<T> | undefined> {
    try {
      return await this.get<T>(kind, name);
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  }

  /**
   * All pages, as of one version.
   *
   * @throws {Gone} when reading the pages took so long that the server has forgotten that version
   */
  async list<T extends KubeObject = KubeObject>(
    kind: Kind,
    { namespace, labels = {} }: Selection = {},
    signal?: AbortSignal,
  ): Promise<Listed<T>> {
    const path = collectionPath(kind, namespace);
    const labelQuery = Object.keys(labels).length === 0 ? {} : { labelSelector: labelSelector(labels) };
    const items: Live<T>[] = [];
    let continuation = '';
    for (;;) {
      const query = {
        ...labelQuery,
        limit: String(PAGE_OBJECTS),
        ...(continuation === '' ? {} : { continue: continuation }),
      };
      const request: ApiRequest = { method: 'GET', path, query, ...(signal === undefined ? {} : { signal }) };
      const page = listPage(path, await this.#ask(request));
      for (const item of page.items) items.push(liveObject<T>(kind, item));
      continuation = page.continuation;
      if (continuation === '') return { items, resourceVersion: page.resourceVersion };
    }
  }

  /** Whether the server has this kind: a custom resource's definition may be absent. */
  async serves({ apiVersion, plural }: Kind): Promise<boolean> {
    try {
      const answer = await this.#ask({ method: 'GET', path: groupVersionPath(apiVersion) });
      const { resources } = answer as { resources?: readonly { name?: unknown }[] };
      return resources?.some(({ name }) => name === plural) ?? false;
    } catch (error) {
      if (error instanceof NotFound) return false;
      throw error;
    }
  }

  /** @throws {AlreadyExists | Invalid | Forbidden} */
  async create<T extends KubeObject>(kind: Kind, object: T): Promise<Live<T>> {
    const path = collectionPath(kind, object.metadata.namespace);
    const query = { fieldManager: this.#fieldManager };
    return liveObject<T>(kind, await this.#write({ method: 'POST', path, query, body: object }));
  }

  /**
   * Replaces the whole object.
   *
   * @throws {Conflict} when it has another resourceVersion by now than this one carries
   */
  async replace<T extends KubeObject>(kind: Kind, object: Live<T>): Promise<Live<T>> {
    const path = objectPath(kind, object.metadata);
    const query = { fieldManager: this.#fieldManager };
    return liveObject<T>(kind, await this.#write({ method: 'PUT', path, query, body: object }));
  }

  /**
   * Server-side apply: creates the object, or makes the fields that are given here so, takes them from
   * whoever had them, and removes those that we gave last time and no longer do. With `metadata.uid` it
   * applies to that incarnation only: to none it is a conflict, to another one it is invalid.
   *
   * @throws {Invalid | Forbidden | Conflict}
   */
  async apply<T extends KubeObject>(kind: Kind, object: T): Promise<Live<T>> {
    return await this.#apply(kind, objectPath(kind, object.metadata), object);
  }

  /** The same for the status alone; every part of the status that we set must be in `object`. */
  async applyStatus<T extends KubeObject>(kind: Kind, object: T): Promise<Live<T>> {
    return await this.#apply(kind, objectPath(kind, object.metadata, 'status'), object);
  }

  async #apply<T extends KubeObject>(kind: Kind, path: string, object: T): Promise<Live<T>> {
    const query = { fieldManager: this.#fieldManager, force: 'true' };
    return liveObject<T>(
      kind,
      await this.#write({ method: 'PATCH', path, query, body: object, contentType: SERVER_SIDE_APPLY }),
    );
  }

  /**
   * JSON merge patch: the only way to remove what somebody else has set (`null`). With
   * `metadata.resourceVersion` in the patch it applies to that version only.
   */
  async patch<T extends KubeObject = KubeObject>(
    kind: Kind,
    name: ObjectName,
    patch: Readonly<Record<string, unknown>>,
  ): Promise<Live<T>> {
    const path = objectPath(kind, name);
    const query = { fieldManager: this.#fieldManager };
    return liveObject<T>(
      kind,
      await this.#write({ method: 'PATCH', path, query, body: patch, contentType: MERGE_PATCH }),
    );
  }

  /**
   * Deletes exactly this incarnation, and exactly this version of it when one is given.
   *
   * @throws {Conflict} when it is another one by now
   * @throws {NotFound}
   */
  async delete(kind: Kind, { uid, resourceVersion, ...name }: Identity): Promise<void> {
    const path = objectPath(kind, nameOf(name));
    const preconditions = resourceVersion === undefined ? { uid } : { uid, resourceVersion };
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy: 'Background' };
    await this.#write({ method: 'DELETE', path, body });
  }

  /**
   * Deletes exactly this incarnation of a pod, if the disruption budgets that select it let it go now.
   *
   * @throws {Unavailable} when they do not; or when there are several, which Kubernetes does not support
   * @throws {Conflict} when it is another one by now
   * @throws {NotFound}
   */
  async evict({ uid, ...name }: Identity): Promise<void> {
    const metadata = nameOf(name);
    const path = objectPath(POD, metadata, 'eviction');
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata,
      deleteOptions: { preconditions: { uid } },
    };
    await this.#write({ method: 'POST', path, body });
  }

  /** Opens a watch; the lines are its events, bookmarks among them. */
  async watch(
    kind: Kind,
    { namespace, labels = {} }: Selection,
    { resourceVersion, timeoutSeconds, signal }: WatchFrom,
  ): Promise<AsyncIterable<string>> {
    return await this.#transport.watch({
      method: 'GET',
      path: collectionPath(kind, namespace),
      query: {
        ...(Object.keys(labels).length === 0 ? {} : { labelSelector: labelSelector(labels) }),
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(timeoutSeconds),
      },
      signal,
    });
  }

  async #write(request: ApiRequest): Promise<unknown> {
    if (!this.#mayWrite()) throw new NotLeading(`${request.method} ${request.path}: another process leads`);
    return await this.#ask(request);
  }

  async #ask(request: ApiRequest): Promise<unknown> {
    return await this.#transport.request({ ...this.#timeout, ...request });
  }
}

export interface WatchFrom {
  readonly resourceVersion: string;
  /** After which the server ends the watch by itself. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

interface Page {
  readonly items: readonly unknown[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continuation: string;
}

function listPage(path: string, answer: unknown): Page {
  const { metadata, items } = (answer ?? {}) as {
    metadata?: { resourceVersion?: unknown; continue?: unknown };
    items?: unknown;
  };
  const resourceVersion = metadata?.resourceVersion;
  // Go writes an empty list of some kinds as null.
  const found = items ?? [];
  if (typeof resourceVersion !== 'string' || !Array.isArray(found)) {
    throw new BadAnswer(`GET ${path}: a list without items or metadata.resourceVersion`);
  }
  const continuation = metadata?.continue;
  return {
    items: found,
    resourceVersion,
    continuation: typeof continuation === 'string' ? continuation : '',
  };
}
