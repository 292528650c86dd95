/** Codes of the commands that only our own doors send: what HTTP needs, transactions and sessions. */
export const INTERNAL = {
  exec: 200,
  put: 201,
  delete: 202,
  get: 203,
  list: 204,
  nop: 205,
  watch: 206,
  openSession: 210,
  endSession: 211,
  once: 212,
  txn: 213,
  /** What the leader has the cluster agree on: the quota, and that its disk is full. */
  growth: 220,
} as const;
