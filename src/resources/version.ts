/** Versions of things that change, and preconditions on them. */

/** Preconditions of a write on a version; all that are given must hold. */
export interface Condition {
  /** It is one of these. */
  readonly versions?: readonly number[]
  /** It is none of these; `any`: the thing does not exist. */
  readonly not?: readonly number[] | 'any'
  /** It was not changed after this second, in milliseconds since 1970. */
  readonly unchangedSince?: number
}

/** `version`: also that of something that was removed, and `exists` no more. */
export function holds({ versions, not, unchangedSince }: Condition, version: number, exists = true): boolean {
  if (versions !== undefined && !versions.includes(version)) return false
  if (not === 'any' ? exists : not?.includes(version)) return false
  return unchangedSince === undefined || Math.floor(version / 1_000) * 1_000 <= unchangedSince
}

/** The last millisecond that RFC 3339 can express. */
export const lastTime = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * The version after this one. If that is beyond the last expressible time, which only an import can get near to, versions start
 * again from the clock: all versions so far were later.
 */
export function versionAfter(version: number, now: number): number {
  return version < lastTime ? Math.max(now, version + 1) : now
}
