/**
 * The architecture as a table: folder → what its files may import besides their own folder. Arrows
 * point one way; `docs/architecture.md` says why. Tests and contract suites are free of it.
 *
 * An entry that ends with `/` is a folder with everything below it, one that ends with `:` is all
 * of Node.js's own modules, any other is one file or one package. `type ` before it allows
 * `import type` only: what is imported then vanishes before the program runs. Ballots and their order
 * are vocabulary that everybody above the core speaks.
 */
export const IMPORT_TABLE: Readonly<Record<string, readonly string[]>> = {
  // The pure parts: values in, values out.
  'node/src/paxos': [],
  'node/src/kv': ['sorted-btree'],
  'node/src/codec': ['node/src/paxos/', 'type node/src/kv/', 'node/src/errors.ts', 'node:zlib'],

  // Who may speak, and over which channel.
  'node/src/auth': ['node/src/errors.ts', 'node/src/followed-files.ts', 'node:'],
  'node/src/tls': ['node/src/errors.ts', 'node/src/followed-files.ts', 'node:'],

  // The world below: files and links.
  'node/src/storage': ['node/src/paxos/', 'node/src/codec/', 'node/src/errors.ts', 'node:'],
  'node/src/link': [
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    'node/src/codec/',
    'node/src/errors.ts',
    'type node/src/observe/events.ts',
    'type node/src/auth/',
    'type node/src/tls/',
    'ws',
    'node:',
  ],

  // What a process tells of itself; the operator has it, too.
  'node/src/journal': [],

  // The driver: the only loop.
  'node/src/replica': [
    'node/src/paxos/',
    'node/src/kv/',
    'node/src/codec/',
    'node/src/storage/log.ts',
    'node/src/storage/log-options.ts',
    'node/src/storage/snapshots.ts',
    'node/src/storage/snapshot-part.ts',
    'node/src/storage/snapshot-name.ts',
    'node/src/storage/failures.ts',
    'node/src/storage/files.ts',
    'node/src/link/links.ts',
    'node/src/observe/events.ts',
    'node/src/errors.ts',
  ],

  // Who is told what changes, by whatever door.
  'node/src/watch': ['type node/src/kv/'],

  // What requests do on their way, for a collector of traces.
  'node/src/trace': [
    'node/src/replica/door.ts',
    'node/src/kv/',
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    '@opentelemetry/api',
    '@opentelemetry/core',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
  ],

  // The doors: clients and operators come in.
  'node/src/resp': [
    'node/src/replica/door.ts',
    'node/src/kv/',
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    'node/src/errors.ts',
    'type node/src/observe/events.ts',
    'type node/src/auth/',
    'type node/src/tls/',
    'node:',
  ],
  'node/src/http': [
    'node/src/replica/door.ts',
    'node/src/kv/',
    'node/src/watch/',
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    'node/src/errors.ts',
    'type node/src/observe/events.ts',
    'type node/src/auth/',
    'type node/src/tls/',
    'express',
    'ws',
    'node:',
  ],
  'node/src/admin': [
    'node/src/replica/door.ts',
    'type node/src/replica/admin-door.ts',
    'node/src/kv/',
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    'node/src/errors.ts',
    'node/src/observe/',
    'node/src/journal/',
    'node/src/codec/value-checksum.ts',
    'type node/src/replica/backup.ts',
    // The admin port speaks HTTP, too.
    'node/src/http/',
    'type node/src/auth/',
    'type node/src/tls/',
    'express',
    'node:',
  ],
  'node/src/observe': [
    'node/src/journal/',
    'node/src/kv/digest.ts',
    'node/src/kv/digest-history.ts',
    'type node/src/replica/door.ts',
    'type node/src/watch/',
    'type node/src/paxos/',
    'node/src/paxos/ballot.ts',
    'prom-client',
    'node:',
  ],

  // The composition root, its options and its errors.
  'node/src': ['node/src/', 'node:'],

  // The operator. What is asked for, and the objects that it takes: values in, values out.
  'operator/src/resource': [],
  'operator/src/desired': ['operator/src/resource/'],
  // What to do next.
  'operator/src/plan': ['operator/src/resource/'],
  // Asks and tells the replicas; their answers are what the plan reads.
  'operator/src/replica-client': ['type operator/src/plan/observed.ts', 'node:'],
  // Looks, decides by the plan, does it, tells.
  'operator/src/controller': [
    'operator/src/resource/',
    'operator/src/desired/',
    'operator/src/plan/',
    'operator/src/kube/',
    'operator/src/replica-client/',
    'node:',
  ],
  // Shows what the operator knows to whoever has forwarded the port to himself.
  'operator/src/fleet': [
    'operator/src/resource/',
    'operator/src/desired/',
    'operator/src/kube/',
    'operator/src/controller/cluster-objects.ts',
    'operator/src/controller/read-objects.ts',
    'node:',
  ],
  // The operator. Its runtime speaks to any API server about any kind of object.
  'operator/src/kube': ['@kubernetes/client-node', 'node:'],
  'operator/src': ['operator/src/', 'node/src/journal/', 'prom-client', 'node:'],

  // Never shipped, and imported by nothing that is.
  'node/simulation': ['node/src/', 'node:'],
  'node/local': ['node/src/', 'node:'],
  // A program of its own, shipped with the replica.
  'node/ctl': ['node/src/', 'node:'],
  // Stand-ins that the operator's tests run against.
  'operator/testing': ['operator/src/', 'node:'],
  bench: ['node/src/', 'node/local/', 'node:'],
  // What Grafana shows: a description, made into JSON by `scripts`.
  'monitoring/dashboards': ['@grafana/grafana-foundation-sdk/'],
  // What Prometheus is to watch for: a description, made into rules by `scripts`.
  'monitoring/alerts': ['node:'],
  // Manifests are made from the same descriptions that the operator runs by.
  scripts: [
    'operator/src/resource/',
    'operator/src/controller/permissions.ts',
    'monitoring/dashboards/',
    'monitoring/alerts/',
    'js-yaml',
    'node:',
  ],
  // What the API server says of what the operator makes: through kubectl.
  'test/crd': ['operator/src/resource/', 'operator/src/desired/', 'node:'],
  test: [
    'node/src/',
    'node/local/',
    'node/ctl/',
    'operator/src/resource/',
    'monitoring/alerts/',
    'node:',
    'ioredis',
    'js-yaml',
    'puppeteer-core',
    'redis',
  ],
};

/** Files of a folder that must hold no I/O, no timers, no clock, no chance, no `async`. */
export const PURE_FOLDERS: readonly string[] = [
  'node/src/paxos',
  'node/src/kv',
  'node/src/codec',
  'operator/src/resource',
  'operator/src/desired',
  'operator/src/plan',
];

/** Allowed everywhere: an assertion is part of the language that we write. */
export const IMPORTED_ANYWHERE = 'node:assert/strict';

/** What shipped code and its tests must never import. */
export const NEVER_SHIPPED: readonly string[] = [
  'node/simulation/',
  'node/local/',
  'operator/testing/',
  'bench/',
  'monitoring/dashboards/',
  'test/',
  'scripts/',
];
