/** What runs: `scripts/build.ts` puts it in, and the sources themselves were never built. */
export interface Build {
  readonly version: string
  /** The commit it was made of, in full. */
  readonly commit: string
  /** RFC 3339, UTC. */
  readonly built: string
}

declare const BUILD: Build

export const build: Build =
  typeof BUILD === 'undefined' ? { version: 'sources', commit: 'unknown', built: 'unknown' } : BUILD
