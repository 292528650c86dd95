/**
 * A stand-in for an API server, in this process: versions, pages, watches, conflicts, server-side apply with
 * owners of fields, the status subresource, preconditions, owners' orphans; and everything that can go wrong
 * with it, at a word. `api-server.contract.ts` holds it against the real one.
 *
 * Without sockets (`transport()`) for tests by the thousand; with them (`FakeListener`) where the
 * connection is the point.
 */
import * as builtin from '../src/kube/builtin-kinds.ts';
import { isRecord } from '../src/kube/json-text.ts';
import { groupVersionPath, type Kind } from '../src/kube/kind.ts';
import type { KubeObject, Live, ObjectName } from '../src/kube/kube-object.ts';
import type { Transport } from '../src/kube/transport.ts';
import { directTransport } from './direct-transport.ts';
import { FakeWatches, type WatchSink } from './fake-watches.ts';
import { Refused, type StatusAnswer } from './refused.ts';
import { isWatch, type SeenRequest, selects, type Target, targetOf } from './requests.ts';
import { type Admission, type Preconditions, type Stored, StoredObjects } from './stored-objects.ts';

/** What becomes of a request: an answer, silence for ever, or a connection that breaks. */
export type Outcome = StatusAnswer | 'hang' | 'cut';

export interface FakeApiServerOptions {
  /** Kinds beside the built-in ones. */
  readonly kinds?: readonly Kind[];
  /** How often watches get a bookmark by themselves. */
  readonly bookmarkMs?: number;
}

interface Fault {
  readonly matches: (request: SeenRequest) => boolean;
  readonly outcome: Outcome;
  left: number;
}

/** Who writes when a test does so by itself. */
const TEST_MANAGER = 'test';

export class FakeApiServer {
  readonly watches: FakeWatches;
  #kinds: readonly Kind[];
  readonly #objects: StoredObjects;
  readonly #pages = new Map<string, readonly Stored[]>();
  #pageTokens = 0;
  #faults: Fault[] = [];
  #requests: SeenRequest[] = [];
  #writesUntilCrash = Infinity;
  #crashLoses = false;
  #hasCrashed = false;

  constructor({ kinds = [], bookmarkMs }: FakeApiServerOptions = {}) {
    this.#kinds = [...Object.values(builtin), ...kinds];
    this.#objects = new StoredObjects((change) => this.watches.tell(change));
    this.watches = new FakeWatches(() => this.#objects.version, bookmarkMs);
  }

  // What a test does by itself, as another client would; not counted, never failing by a planted fault.

  find<T extends KubeObject>(kind: Kind, name: ObjectName): Live<T> | undefined {
    return this.#objects.find(kind, name) as unknown as Live<T> | undefined;
  }

  /** @throws {Refused} */
  get<T extends KubeObject>(kind: Kind, name: ObjectName): Live<T> {
    return this.#objects.get(kind, name) as unknown as Live<T>;
  }

  list<T extends KubeObject>(kind: Kind, namespace?: string): Live<T>[] {
    return this.#objects.list(kind, namespace) as unknown as Live<T>[];
  }

  /** With a status, if one is given. */
  create<T extends KubeObject>(kind: Kind, object: T): Live<T> {
    return this.#objects.create(kind, object, TEST_MANAGER, true) as unknown as Live<T>;
  }

  /** A merge patch. */
  patch(kind: Kind, name: ObjectName, patch: unknown): void {
    this.#objects.mergePatch(kind, name, patch, TEST_MANAGER, false);
  }

  setStatus(kind: Kind, name: ObjectName, status: unknown): void {
    this.#objects.mergePatch(kind, name, { status }, TEST_MANAGER, true);
  }

  delete(kind: Kind, name: ObjectName, preconditions?: Preconditions): void {
    this.#objects.delete(kind, name, preconditions);
  }

  /** Somebody installs what knows the kind. */
  define(kind: Kind): void {
    this.#kinds = [...this.#kinds, kind];
  }

  /** And takes it away, with all objects of it. Its watches hear no more. */
  withdraw(kind: Kind): void {
    for (const { metadata } of this.list(kind)) this.delete(kind, metadata);
    this.#kinds = this.#kinds.filter((each) => each !== kind);
  }

  /** Refuses objects with 422 and the sentence that is returned. */
  set admission(admission: Admission) {
    this.#objects.admission = admission;
  }

  // Faults.

  /** The next so many requests that match get this instead. */
  fail(
    times: number,
    outcome: Outcome | Refused,
    matches: (request: SeenRequest) => boolean = () => true,
  ): void {
    this.#faults.push({
      matches,
      outcome: outcome instanceof Refused ? outcome.answer : outcome,
      left: times,
    });
  }

  /** Versions and pages of before are gone: lists and watches from there get 410. */
  compact(): void {
    this.#objects.compact();
    this.#pages.clear();
  }

  /**
   * At the so-many-th write from now on (1 is the next) the connection to the client breaks, for that and
   * all later requests, until {@link revive}. The write is done, or `lost`.
   */
  crashAtWrite(count: number, write: 'done' | 'lost'): void {
    this.#writesUntilCrash = count;
    this.#crashLoses = write === 'lost';
  }

  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  revive(): void {
    this.#hasCrashed = false;
    this.#writesUntilCrash = Infinity;
  }

  // What was asked.

  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  get writes(): readonly SeenRequest[] {
    return this.#requests.filter(({ method }) => method !== 'GET');
  }

  forgetRequests(): void {
    this.#requests = [];
  }

  // The two doors.

  /** Without a network: as quick as a function call, and as ordered. */
  transport(): Transport {
    return directTransport(this);
  }

  handle(request: SeenRequest): Outcome {
    this.#requests.push(request);
    if (this.#hasCrashed) return 'cut';
    const fault = this.#faultFor(request);
    if (fault !== undefined) return fault;
    if (request.method === 'GET') return this.#answer(request);
    this.#writesUntilCrash -= 1;
    if (this.#writesUntilCrash > 0) return this.#answer(request);
    this.#hasCrashed = true;
    if (!this.#crashLoses) this.#answer(request);
    return 'cut';
  }

  /** Accepts the watch, and returns what to call when its other end has gone; or says no. */
  openWatch(request: SeenRequest, sink: WatchSink): (() => void) | Outcome {
    this.#requests.push(request);
    if (this.#hasCrashed) return 'cut';
    const fault = this.#faultFor(request);
    if (fault !== undefined) return fault;
    try {
      const { kind, namespace } = targetOf(this.#kinds, request);
      const past = this.#objects.since(Number(request.query['resourceVersion']));
      return this.watches.add(kind, namespace, request.query, past, sink);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  close(): void {
    this.watches.close();
  }

  #faultFor(request: SeenRequest): Outcome | undefined {
    const fault = this.#faults.find(({ left, matches }) => left > 0 && matches(request));
    if (fault === undefined) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.#faults = this.#faults.filter((each) => each !== fault);
    return fault.outcome;
  }

  #answer(request: SeenRequest): StatusAnswer {
    try {
      const discovery = this.#discovery(request.path);
      if (discovery !== undefined) return { status: 200, body: discovery };
      const target = targetOf(this.#kinds, request);
      const { name } = target;
      return name === undefined ? this.#onCollection(request, target) : this.#onObject(request, target, name);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  }

  #discovery(path: string): unknown {
    const kinds = this.#kinds.filter(({ apiVersion }) => groupVersionPath(apiVersion) === path);
    if (kinds.length === 0) return undefined;
    const resources = kinds.map(({ plural, kind, namespaced }) => ({ name: plural, kind, namespaced }));
    return { kind: 'APIResourceList', groupVersion: kinds[0]?.apiVersion, resources };
  }

  #onCollection(request: SeenRequest, { kind, namespace }: Target): StatusAnswer {
    const { method, query, body } = request;
    if (method === 'POST') {
      const given = isRecord(body) && isRecord(body['metadata']) ? body['metadata']['namespace'] : undefined;
      if (given !== namespace) {
        throw new Refused(400, 'BadRequest', 'the namespace of the object does not match the request');
      }
      return { status: 201, body: this.#objects.create(kind, body, managerOf(request)) };
    }
    if (method !== 'GET') throw new Refused(405, 'MethodNotAllowed', `${method} is not supported`);
    const token = query['continue'];
    const all =
      token === undefined
        ? this.#objects.list(kind, namespace).filter(({ metadata }) => selects(query, metadata))
        : this.#pages.get(token);
    if (all === undefined) throw new Refused(410, 'Expired', 'the provided continue parameter is too old');
    const version = token?.split('/')[0] ?? String(this.#objects.version);
    const limit = Number(query['limit'] ?? all.length);
    const rest = all.slice(limit);
    const metadata: Record<string, unknown> = { resourceVersion: version };
    if (rest.length > 0) {
      metadata['continue'] = `${version}/${(this.#pageTokens += 1)}`;
      this.#pages.set(String(metadata['continue']), rest);
    }
    // As the real one does: items without their kind.
    const items = all.slice(0, limit).map(withoutKind);
    return { status: 200, body: { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata, items } };
  }

  #onObject(request: SeenRequest, target: Target, name: ObjectName): StatusAnswer {
    const { kind, isStatus } = target;
    const { method, body } = request;
    switch (method) {
      case 'GET':
        return { status: 200, body: this.#objects.get(kind, name) };
      case 'PUT':
        return { status: 200, body: this.#objects.replace(kind, name, body, managerOf(request), isStatus) };
      case 'PATCH':
        return this.#patched(request, target, name);
      case 'DELETE':
        return { status: 200, body: this.#objects.delete(kind, name, preconditionsIn(body)) };
      case 'POST': {
        if (!target.isEviction)
          throw new Refused(405, 'MethodNotAllowed', 'POST is not supported on an object');
        // Budgets are not looked at: who wants one to say no plants a fault.
        const options = isRecord(body) ? body['deleteOptions'] : undefined;
        this.#objects.delete(kind, name, preconditionsIn(options));
        return { status: 201, body: { kind: 'Status', apiVersion: 'v1', status: 'Success' } };
      }
    }
  }

  #patched(request: SeenRequest, { kind, isStatus }: Target, name: ObjectName): StatusAnswer {
    const { body, query, contentType } = request;
    const manager = managerOf(request);
    if (contentType === 'application/merge-patch+json') {
      return { status: 200, body: this.#objects.mergePatch(kind, name, body, manager, isStatus) };
    }
    if (contentType !== 'application/apply-patch+yaml') {
      throw new Refused(415, 'UnsupportedMediaType', `the body of the request was in an unknown format`);
    }
    if (query['fieldManager'] === undefined) {
      throw new Refused(
        422,
        'Invalid',
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value',
      );
    }
    const options = { manager, force: query['force'] === 'true', status: isStatus };
    const { object, created } = this.#objects.apply(kind, name, body, options);
    return { status: created ? 201 : 200, body: object };
  }
}

/** Whether a request is a watch of this kind. */
export function watchOf({ plural }: Kind): (request: SeenRequest) => boolean {
  return (request) => isWatch(request) && request.path.endsWith(`/${plural}`);
}

/** Whether a request lists this kind. */
export function listOf({ plural }: Kind): (request: SeenRequest) => boolean {
  return (request) => request.method === 'GET' && !isWatch(request) && request.path.endsWith(`/${plural}`);
}

function withoutKind(object: Stored): unknown {
  const { apiVersion: _, kind: __, ...item } = object;
  return item;
}

function managerOf({ query }: SeenRequest): string {
  return query['fieldManager'] ?? 'unknown';
}

function preconditionsIn(body: unknown): Preconditions {
  return isRecord(body) && isRecord(body['preconditions']) ? body['preconditions'] : {};
}
