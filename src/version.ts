/** The build that runs. `scripts/build.ts` defines it; sources that run as they are have none. */
export interface Build {
  readonly version: string
  /** The full commit hash. */
  readonly commit: string
  /** RFC 3339, UTC. */
  readonly built: string
}

declare const BUILD: Build

export const build: Build =
  typeof BUILD === 'undefined' ? { version: 'sources', commit: 'unknown', built: 'unknown' } : BUILD
