/** What the domain can say no with. `api/errors.ts` gives each its status; nothing here knows HTTP. */

/** One fault of the input. */
export interface Fault {
  /** JSON pointer as a URI fragment (RFC 6901, section 6): `#/title`. */
  readonly pointer: string
  readonly detail: string
}

/** Well-formed input that breaks a rule, with every fault found. */
export class Invalid extends Error {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults.map((fault) => `${fault.pointer} ${fault.detail}`).join('; '))
    this.faults = faults
  }
}

/** No task has this id. */
export class NotFound extends Error {}

/** The task is no longer at a version that the caller expects. */
export class VersionMismatch extends Error {}

/** The key of an earlier creation, with another task. */
export class KeyReused extends Error {}

/** The storage cannot do it now and may soon: busy, full, read-only, shutting down. `message` is for the log. */
export class Unavailable extends Error {}
