/**
 * Clocks for expiry, in milliseconds since 1970. The wall clock may jump either way; the monotonic clock does not, but misses
 * corrections. If they differ, nothing expires too early.
 */

/** The time to store with something that will expire. */
export function latestTime(): number {
  return Math.max(Date.now(), steadyTime())
}

/** The time to compare that with. */
export function earliestTime(): number {
  return Math.min(Date.now(), steadyTime())
}

function steadyTime(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
