/** One replica: options → parts → run → end. Nothing is decided here. */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type Access, openAccess } from './access.ts';
import { Happenings } from './admin/console/happenings.ts';
import { AdminServer } from './admin/server.ts';
import { bootstrapWhenAllAreFresh } from './bootstrap.ts';
import { optionsOrExit } from './command-line.ts';
import { InvalidInput, NodeError } from './errors.ts';
import { HttpDoor } from './http/server.ts';
import { programJournal, stackText } from './journal/program-journal.ts';
import { WebSocketLinks } from './link/websocket-links.ts';
import { DigestCheckpoints } from './observe/digest-checkpoints.ts';
import type { NoticeName, ReplicaEvent } from './observe/events.ts';
import { logLines } from './observe/log-lines.ts';
import { ReplicaMetrics } from './observe/metrics.ts';
import { WriteClock } from './observe/write-clock.ts';
import { parseOptions } from './options.ts';
import { ballotText, type ReplicaId, replicaText } from './paxos/ballot.ts';
import { TIMING } from './paxos/timing.ts';
import { VERSION } from './paxos/version.ts';
import { TICK_MS } from './replica/limits.ts';
import type { Replica } from './replica/replica.ts';
import { type Started, startReplica } from './replica/start.ts';
import { Rest } from './rest.ts';
import { ClientMemory } from './resp/client-memory.ts';
import { RespServer } from './resp/server.ts';
import { paxoskvVersion } from './resp/version.ts';
import { Shutdown } from './shutdown.ts';
import { DIRECTORY_MODE, DiskFiles } from './storage/disk-files.ts';
import { lockDirectory } from './storage/lock.ts';
import type { Log } from './storage/log.ts';
import { LogPrinter } from './storage/log-printer.ts';
import type { TracingParts } from './trace/open-tracing.ts';
import type { TracesChoice } from './traces-options.ts';
import { Hub } from './watch/hub.ts';
import { WATCH_LIMITS } from './watch/limits.ts';

/** One segment of the log: a second or two of the fastest writing, zeroed in a blink. */
const SEGMENT_BYTES = 32 * 1024 * 1024;
/** The directory is damaged, or in use: starting again would not help. */
const EXIT_REFUSED = 3;
const EXIT_DISK_FAILED = 1;
const EXIT_USAGE = 2;
/** Of a replica that takes no part any more: no restart brings it back either. */
const EXIT_RETIRED = { removed: 4, forgot: 5, superseded: 5, outdated: 6 } as const;

const options = optionsOrExit(() => parseOptions(process.argv.slice(2), process));
const journal = programJournal(options.log);

const digests = new DigestCheckpoints(options.falsifiesDigests);
let replica: Replica | undefined;
let links: WebSocketLinks | undefined;
let log: Log | undefined;
const writes = new WriteClock(() => performance.now());
const hub = new Hub({ defer: setImmediate, limits: WATCH_LIMITS });

const metrics = new ReplicaMetrics({
  version: paxoskvVersion,
  status: () => {
    if (replica === undefined) throw new Error('no metrics before the replica runs');
    return replica.status();
  },
  logBytes: () => log?.bytes ?? 0,
  unwrittenBytes: () => log?.unwrittenBytes ?? 0,
  writeUnderWayMs: () => writes.underWayMs,
  queueDepths: () => replica?.pending ?? { writes: 0, reads: 0 },
  watchCounts: () => hub.counts,
  digests,
  directory: options.directory,
  certificateEndMs: () => access.tls?.certificateEndMs,
});
const happenings = new Happenings(Date.now);
const writeLine = logLines(journal);
const observe = (event: ReplicaEvent): void => {
  metrics.observe(event);
  writeLine(event);
  happenings.observe(event);
  if (event.kind === 'retired') leave(EXIT_RETIRED[event.why]);
};
/** Closes what is open, then ends. */
let leave = (code: number): void => process.exit(code);
/** Undefined: nobody traces, and none of it is loaded. */
const tracing = options.traces === undefined ? undefined : await traces(options.traces);
const processNumber = randomInt(1, 2 ** 48 - 1);

// After the observer, which hears when a file changes; before anything else, since a bad file is a bad option.
const access = accessOrEnd();

function accessOrEnd(): Access {
  try {
    return openAccess(options.access, (text, isInForce) =>
      observe({ kind: 'notice', name: isInForce ? 'file-read-again' : 'file-refused', text }),
    );
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    end(EXIT_USAGE, 'bad-option', error.message);
  }
}

/** `event` is a name of `docs/logs.md`, as those of `observe/event-lines.ts` are. */
function end(code: number, event: string, text: string): never {
  journal.tell('error', event, text);
  process.exit(code);
}

/** What comes over a link goes to the replica; what a link says of this replica comes from it. */
function makeLinks(self: ReplicaId): WebSocketLinks {
  return new WebSocketLinks(
    {
      identity: () => {
        if (replica === undefined) throw new Error('no link before the replica runs');
        const { cluster, standing } = replica.fellowship;
        const bootstrapped = cluster !== undefined && replica.core.role !== 'stranger';
        return { cluster, replica: self, bootstrapped, standing, supports: VERSION };
      },
      listenHost: options.listenHost,
      listenPort: options.addresses.peerPort,
      addresses: options.addresses,
      observer: observe,
      random: Math.random,
      secrets: access.clusterSecrets,
      tls: access.tls,
    },
    {
      hello: (peer, cluster, supports) => {
        if (cluster !== undefined) replica?.fellowship.join(cluster);
        replica?.version.note(peer, supports);
      },
      judge: (peer, standing) => {
        const objection = replica?.fellowship.judge(peer, standing);
        return objection && { reason: objection.reason, ends: objection.kind };
      },
      mustEnd: (kind, reason) => replica?.retire({ kind, reason }),
      up: (peer) => replica?.linkUp(peer),
      down: (peer) => replica?.linkDown(peer),
      frame: (peer, bytes) => replica?.frame(peer, bytes),
    },
  );
}

async function traces(choice: TracesChoice): Promise<TracingParts> {
  const { openTracing } = await import('./trace/open-tracing.ts');
  return openTracing({
    ...choice,
    release: paxoskvVersion,
    random: Math.random,
    lost: (text) => notice('traces-lost', text),
  });
}

function notice(name: NoticeName, text: string): void {
  observe({ kind: 'notice', name, text });
}

function start(): void {
  try {
    mkdirSync(options.directory, { recursive: true, mode: DIRECTORY_MODE });
    lockDirectory(options.directory);
  } catch (error) {
    end(EXIT_REFUSED, 'refused-directory', error instanceof Error ? error.message : String(error));
  }
  startReplica(
    {
      files: new DiskFiles(options.directory),
      logOptions: {
        segmentBytes: SEGMENT_BYTES,
        drawReplicaId: () => randomInt(1, 2 ** 48 - 1),
        fatal: (error) =>
          end(
            EXIT_DISK_FAILED,
            'disk-failed',
            `the disk has failed, nothing more is acknowledged: ${error.message}`,
          ),
        onWrite: () => writes.begin(),
        onSynced: (bytes, records) => {
          observe({ kind: 'logSynced', durationMs: writes.end(), bytes, records });
        },
      },
      process: processNumber,
      addresses: options.addresses,
      digests,
      clock: { nowMs: () => performance.now(), clockMs: Date.now },
      random: Math.random,
      defer: setImmediate,
      rest: new Rest().take,
      observe,
      timing: TIMING,
      follower: hub,
      probe: tracing?.probe,
      lease: options.lease,
      dataQuotaBytes: options.dataQuotaBytes,
      makeLinks: ({ replica: self }) => {
        links = makeLinks(self);
        return links;
      },
    },
    (error, started) => {
      if (error !== undefined)
        end(EXIT_REFUSED, 'refused-directory', error instanceof NodeError ? error.message : stackText(error));
      run(started);
    },
  );
}

function listening(error: Error | undefined): void {
  if (error !== undefined) end(EXIT_USAGE, 'cannot-listen', `can't listen: ${error.message}`);
}

function adminServer(started: Started): AdminServer {
  return new AdminServer({
    door: started.replica,
    admin: started.replica.admin,
    host: options.addresses.host,
    listenHost: options.listenHost,
    listenPort: options.addresses.adminPort,
    secrets: access.clusterSecrets,
    tls: access.tls,
    observer: observe,
    metrics,
    log: started.log,
    digests,
    backups: started.backups,
    takeSnapshot: (done) => started.replica.snapshots.request(done),
    release: paxoskvVersion,
    console: {
      door: started.replica,
      latencies: () => metrics.latencies,
      writeUnderWayMs: () => writes.underWayMs,
      happenings,
      passwords: access.passwords,
      clientsShowCertificates: options.access.tls?.clientAuthority !== undefined,
      writes: options.consoleWrites,
    },
    journal,
  });
}

function run(started: Started): void {
  ({ replica, log } = started);
  const running = started.replica;
  const door = tracing?.around(running, started.recovered.replica) ?? running;
  const own = replicaText(started.recovered.replica);
  journal.context = () => {
    const { promised } = running.core.acceptor;
    const ballot = promised.round === 0 ? undefined : ballotText(promised);
    return { cluster: running.fellowship.cluster, replica: own, ballot };
  };
  notice('started', `PaxosKV ${paxoskvVersion} starts as replica ${own}`);
  tellSettings();
  const { cutBytes } = started.recovered;
  if (cutBytes > 0) notice('log-cut', `cut ${cutBytes} bytes from the log's end: never synced`);
  const { listenHost, addresses } = options;
  const shared = { door, listenHost, observer: observe, tls: access.tls };
  const redis = { ...shared, passwords: access.passwords, memory: new ClientMemory(), clock: Date.now };
  const clientDoors = [
    new RespServer({ ...redis, mode: 'plain', listenPort: addresses.redisPort }),
    new RespServer({ ...redis, mode: 'cluster', listenPort: addresses.clusterPort }),
    new HttpDoor({
      ...shared,
      hub,
      traced: tracing !== undefined,
      passwords: access.passwords,
      listenPort: addresses.httpPort,
      crashEnabled: options.crashRoute,
      printLog: new LogPrinter(new DiskFiles(options.directory)),
    }),
  ];
  const adminDoor = adminServer(started);
  for (const each of [...clientDoors, adminDoor]) each.listen(listening);
  const heart = setInterval(() => running.tick(), TICK_MS);
  links?.listen((error) => {
    listening(error);
    running.fellowship.onNeighbours(({ members }) => {
      links?.setPeers(members.map(({ id, addresses: { host, peerPort } }) => ({ id, host, peerPort })));
    });
    bootstrapWhenAllAreFresh({
      self: started.recovered.replica,
      addresses,
      peers: options.peers,
      isFresh: () => running.fellowship.isFresh,
      probe: (host, port, done) => links?.probe(host, port, done),
      bootstrap: (cluster, configuration) => running.bootstrap(cluster, configuration),
      observe,
    });
  });

  const shutdown = new Shutdown({
    drainMs: options.drainMs,
    leave: (done) => running.departure.begin(done),
    refuseRequests: () => running.departure.refuseRequests(),
    closeDoors: (done) => closeAll(clientDoors, done),
    stop: () => {
      clearInterval(heart);
      running.close();
    },
    closeRest: (done) => {
      const rest = [adminDoor, links, tracing].filter((part) => part !== undefined);
      closeAll(rest, () => started.log.close(done));
    },
    notice: (text) => notice('shutting-down', text),
    exit: (code) => process.exit(code),
  });
  leave = (code) => shutdown.end(code);
  const goodbye = (): void => shutdown.ask();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, goodbye);
  if (options.exitWithParent) process.stdin.on('close', goodbye).resume();
}

function tellSettings(): void {
  if (access.tls !== undefined) notice('tls', `speaks TLS: ${access.tls.text}`);
  if (options.tracesNotice !== undefined) notice('traces-variable-refused', options.tracesNotice);
}

function closeAll(parts: readonly { close(done: () => void): void }[], done: () => void): void {
  let open = parts.length;
  const closed = (): void => {
    open -= 1;
    if (open === 0) done();
  };
  for (const part of parts) part.close(closed);
}

start();
