/** What the domain can say no with. `api/errors.ts` gives each its status; nothing here knows HTTP. */

/** One fault of the input. */
export interface Fault {
  /** JSON pointer as a URI fragment (RFC 6901, section 6): `#/title`. */
  readonly pointer: string
  readonly detail: string
  /** Where the input is a text of many lines. */
  readonly line?: number
}

/** Well-formed input that breaks a rule, with every fault found. */
export class Invalid extends Error {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], where = '') {
    super(where + faults.map((fault) => `${fault.pointer} ${fault.detail}`).join('; '))
    this.faults = faults
  }
}

/** No task has this id. */
export class NotFound extends Error {}

/** A list was to go on behind a task that never was. */
export class UnknownTask extends Error {}

/** The task is no longer at a version that the caller expects. */
export class VersionMismatch extends Error {}

/** A write bears a key that another kind of write has used up. */
export class KeyReused extends Error {}

/** There is no room for it: the list, or all that is kept, has reached what the operator allows. `message` is for the client. */
export class Full extends Error {}

/** The storage cannot do it now and may soon: busy, full, read-only, shutting down. `message` is for the log. */
export class Unavailable extends Error {
  /** Whether it is certain that nothing was done. */
  readonly undone: boolean = true
}

/** As `Unavailable`, of a write of which nobody knows whether it was done. */
export class Uncertain extends Unavailable {
  override readonly undone = false
}

/** As `Unavailable`, in the usual course of a start or of a change of processes. `message` is for everybody. */
export class NotReady extends Unavailable {}
