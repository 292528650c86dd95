/** Every bound of the driver, with its reason. Times in milliseconds, sizes in bytes. */

/** The core's heart: short against the election timeout (600), long against the cost of a tick (a few µs). */
export const TICK_MS = 10;

/** A batch that fills a frame well below the link's limit; larger ones only delay the first command in them. */
export const BATCH_BYTES_MAX = 1024 * 1024;

/** A second batch leaves while one is in flight only when this much has gathered: else it gathers on. */
export const BATCH_EAGER_BYTES = 64 * 1024;

/** Batches in flight at most, well below alpha: enough to fill a link with a long round trip. */
export const BATCHES_IN_FLIGHT_MAX = 32;

/** Writes of this replica's doors that wait or are in flight; beyond it doors stop reading their sockets. */
export const PENDING_BYTES_MAX = 64 * 1024 * 1024;
export const PENDING_REQUESTS_MAX = 200_000;

/** Reads that wait for their round; beyond it doors stop reading their sockets, as for writes. */
export const PENDING_READS_MAX = 200_000;

/** Bytes of the arguments of those reads: few have many, but a hundred thousand names of keys are megabytes. */
export const PENDING_READS_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Work (`Store.work`) that is expected of one batch. A batch is applied in one piece, and one of tiny commands would
 * take 0.2 s if its bytes alone were bounded. A command that costs more by itself goes alone.
 */
export const BATCH_WORK_MAX = 2_500;

/** Work of what is applied, and of what is read, in one turn; then others run: about 10 ms each. */
export const APPLY_WORK_MAX = 2_500;
export const READ_WORK_MAX = 2_500;

/**
 * Turns without a step of a long read (`KEYS`) after one with a step, which takes a millisecond or two. A command goes through several
 * turns: with a step in each it would take ten times as long. Turns without work cost nothing, so that an idle replica's reads do not wait.
 */
export const REST_TURNS = 3;

/** Chosen and not applied yet: over it applying goes on to the end, for others can wait and memory can't. */
export const APPLY_BACKLOG_BYTES_MAX = 64 * 1024 * 1024;

/** Segments that followers have forwarded and that wait for their slot; more are dropped and come again. */
export const INTAKE_BYTES_MAX = 64 * 1024 * 1024;

/** A write without an answer after this time is answered with what is known: not done, or unknown. */
export const WRITE_DEADLINE_MS = 5_000;
export const READ_DEADLINE_MS = 5_000;

/** Without a leader for longer than an election takes, requests are refused at once instead of waiting. */
export const LEADERLESS_GRACE_MS = 1_000;

/** Forwarded and not applied, of one door: what may hang in the air when its leader is lost. */
export const FORWARDED_BYTES_MAX = 8 * 1024 * 1024;

/** A forwarded segment that is not applied after this time is sent again: the leader takes each once. */
export const FORWARD_REPEAT_MS = 300;
/** Bytes sent again at a time: what was lost is rarely more, and an overloaded leader is not loaded further. */
export const FORWARD_REPEAT_BYTES = 1024 * 1024;

/** One chunk of catch-up: 10 ms of a disk's and a link's time, so that writes hardly wait behind it. */
export const FETCH_BYTES_MAX = 1024 * 1024;

/** Facts that wait for the disk: over it what brings more is dropped, and comes again. A disk that hangs must not fill the memory. */
export const UNWRITTEN_BYTES_MAX = 64 * 1024 * 1024;

/** Keys that one batch lets expire: about a millisecond of apply; the rest follow in the next batch. */
export const EXPIRE_KEYS_MAX = 1_000;

/** Further behind than this for `BEHIND_MS`, a replica says that it is not ready. */
export const BEHIND_SLOTS_MAX = 1_000;
export const BEHIND_MS = 10_000;

/** Entries read from the log at a time while it is replayed. */
export const REPLAY_BYTES = 1024 * 1024;

/** Slots in flight at most, for the whole life of a cluster: sixteen times what a busy one uses. */
export const ALPHA = 512;

/** What a voter may lack and be called level: as much as may be in flight. */
export const LEVEL_SLOTS_MAX = 2 * BATCHES_IN_FLIGHT_MAX;

/** A change of the members or of the lead without an end after this time is answered with "unknown". */
export const ADMIN_DEADLINE_MS = 5_000;
/** A leader that leaves looks so long for a voter that takes the lead: a transfer that fails, and one that does not. */
export const HANDOVER_MS_MAX = 2_000;
/** So often it hands over what it is handed back: by others that leave too. */
export const HANDOVERS_MAX = 3;
/** Operators ask one thing at a time; more than this is a program gone wild. */
export const ADMIN_REQUESTS_MAX = 16;

/** How often a replica with a full disk looks whether space has been made. */
export const SPACE_RETRY_MS = 1_000;

/**
 * The log grows by so much between two snapshots, and by no less than there is data. Below it a start replays the log in a
 * second, and a small store would be written again and again for nothing.
 */
export const SNAPSHOT_EVERY_BYTES_MIN = 64 * 1024 * 1024;

/** So much of the log stays behind a snapshot: a replica that was away for some seconds catches up from the log. */
export const LOG_RETAINED_BYTES = 64 * 1024 * 1024;

/** What a snapshot may be longer than the data are counted: deletions take up to 1 MiB, and the rest is small. */
export const SNAPSHOT_MARGIN_BYTES = 2 * 1024 * 1024;

/** What is written to a snapshot at a time: about a millisecond of work. */
export const SNAPSHOT_WRITE_BYTES = 256 * 1024;

/** What is read from a snapshot at a time while its state is built: one or two of its chunks, a millisecond or two. */
export const RESTORE_BYTES = 128 * 1024;

/** One piece of a snapshot on its way to a peer: 5 ms of a disk's and a link's time, and 3 ms until it is part of the new state. */
export const SNAPSHOT_PIECE_BYTES = 512 * 1024;
/**
 * Pieces that are asked for at once, and that wait for their place: the link is busy while one is written and another one
 * restored, and 8 MiB are all that a snapshot of any size takes up on its way.
 */
export const SNAPSHOT_PIECES_IN_FLIGHT_MAX = 16;
/** Pieces on their way from the file to a peer at once: one is read while another one leaves. */
export const SNAPSHOT_FRAMES_PER_READER = 2;
/** A piece that has not come after this time is asked for again. */
export const SNAPSHOT_REPEAT_MS = 1_000;
/** A sender that has sent nothing for this time is given up: any other member may have the same snapshot. */
export const SNAPSHOT_GIVE_UP_MS = 5_000;
/** A snapshot, and the log behind it, stay for a peer that has asked for a piece of it within this time. */
export const SNAPSHOT_HOLD_MS = 10_000;
/** After a snapshot found no space the next one waits: it would fill the disk again, which the log needs. */
export const SNAPSHOT_SPACE_RETRY_MS = 10_000;
