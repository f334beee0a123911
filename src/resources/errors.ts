/** The errors of the domain. `api/errors.ts` maps each to a status; nothing here knows HTTP. */

/** One fault of the input. */
export interface Fault {
  /** JSON pointer as a URI fragment (RFC 6901, section 6): `#/title`. */
  readonly pointer: string
  readonly detail: string
  /** Of input with many lines, such as CSV. */
  readonly line?: number
}

/** Well-formed input that breaks a rule; lists every fault. */
export class Invalid extends Error {
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[], where = '') {
    super(where + faults.map((fault) => `${fault.pointer} ${fault.detail}`).join('; '))
    this.faults = faults
  }
}

/** Nothing has this id. `one`: what was looked for. The message is for the client. */
export class NotFound extends Error {
  constructor(one: string) {
    super(`${one[0]!.toUpperCase()}${one.slice(1)} not found`)
  }
}

/** The caller may see this and not do it. `message` is for the client. */
export class Forbidden extends Error {}

/** A cursor names what never existed. `message` is for the client. */
export class UnknownCursor extends Error {}

/** It no longer has the version that the caller expects. `message` is for the client. */
export class VersionMismatch extends Error {}

/** A write reuses the key of a different write. */
export class KeyReused extends Error {}

/** A quota set by the operator is reached, of tasks or of bytes. `message` is for the client. */
export class Full extends Error {}

/** The storage cannot do it now but may soon: busy, disk full, read-only, shutting down. `message` is for the log. */
export class Unavailable extends Error {
  /** Whether it is certain that nothing was done. */
  readonly undone: boolean = true
}

/** As `Unavailable`, for a write that may or may not have been applied. */
export class Uncertain extends Unavailable {
  override readonly undone = false
}

/** As `Unavailable`, during a normal start or handover. `message` is for everybody. */
export class NotReady extends Unavailable {}
