/** Codes of the commands that only our own doors send: what HTTP needs, and transactions. */
export const INTERNAL = {
  exec: 200,
  put: 201,
  delete: 202,
  get: 203,
  list: 204,
  nop: 205,
  watch: 206,
  /** What the leader has the cluster agree on: the quota, and that its disk is full. */
  growth: 220,
} as const;
