/**
 * The time for what expires, in milliseconds since 1970. The wall clock may jump either way; the one that counts from
 * the start of the process does not, but knows nothing of corrections. Where they differ, nothing expires too early.
 */

/** What to keep with a thing that will expire. */
export function latestTime(): number {
  return Math.max(Date.now(), steadyTime())
}

/** What to hold against that. */
export function earliestTime(): number {
  return Math.min(Date.now(), steadyTime())
}

function steadyTime(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
