import { Damaged, decode, format, frameLength, type Header, type Position, type Record } from './frames.ts'
import { aliveName, epochsIn, epochsOf, journalName, snapshotsIn } from './names.ts'
import type { Share, Sum } from './share.ts'

/** With the link from its header, if that was read. */
export interface Followed extends Position {
  readonly link?: Link
}

/** A replica of the share's content on the local disk. */
export interface Replica {
  /** How far it has followed the history; undefined before it has begun. */
  position: Followed | undefined
  /** The newest schema version that it supports. */
  readonly schema: number
  /** Starts over: from a snapshot, if `fetch` downloads one to the given path, or else empty. */
  reset(fetch?: (local: string) => Promise<void>): Promise<void>
  /** Migrates the schema to that version. */
  migrate(schema: number): void
  /** Applies all of them or none. */
  apply(records: readonly Record[]): void
  /** Pins the current state; `write` then saves it to a file while writes go on. */
  pin(): { write(): Promise<{ file: string; sum: Sum }>; release(): void }
}

/** The newest epoch with a header, followed to its end. */
export interface Head {
  readonly epoch: number
  /** Whether its writer has released it, and will never acknowledge again. */
  readonly released: boolean
  /** Bytes of an unfinished frame at its end. */
  readonly unfinished: number
  /** Bytes of journals replayed to get there. */
  readonly replayed: number
  /** The link that a header continuing from here must have. */
  readonly link: Link
}

/**
 * A writer syncs each frame before it writes the next, so all that can be seen of a journal is synced but its last
 * frame, which may yet vanish. Who goes on from it therefore names as parent what is before the last record, and
 * takes that one into its own header. A last frame that is a header adds nothing: its own link is taken instead.
 */
export interface Link {
  readonly parent: Position | null
  readonly takenTo?: Position
  readonly taken: Record | undefined
}

interface Step {
  readonly epoch: number
  readonly header: Header
  readonly taken: Record | undefined
  /** The end of the header. */
  readonly start: number
  /** How many bytes of the journal count; in the newest, all complete frames. */
  readonly bytes: number
}

/**
 * Brings the replica up to date with the epochs below `below`, and returns the newest; undefined if there is none. Throws if the
 * history has a gap, is damaged or has a newer format: then the replica is useless.
 */
export async function catchUp(
  share: Share,
  replica: Replica,
  below: number,
  warn: (text: string) => void,
  /** Milliseconds since 1970: later changes are skipped. */
  until = Number.POSITIVE_INFINITY,
): Promise<Head | undefined> {
  const names = await share.list()
  const newest = await newestStep(share, names, below)
  if (!newest) {
    const snapshot = snapshotsIn(names).find(({ epoch }) => epoch < below)
    if (snapshot)
      throw new Error(`there is ${snapshot.name} and no journal; put the journals back from a backup`)
    await refuseShortened(share, names, { epoch: 0, bytes: 0 }, below)
    if (!replica.position) await replica.reset()
    return undefined
  }
  let replayed = 0
  let released = false
  let unfinished = 0
  let link: Link = { parent: null, taken: undefined }
  for (const step of await wayTo(newest, share, names, replica, warn, until)) {
    const followed = await follow(step, share, replica, until)
    replayed += followed.replayed
    released = followed.released
    unfinished = followed.unfinished
    link = followed.link
  }
  await refuseShortened(share, names, replica.position!, below)
  return { epoch: newest.epoch, released, unfinished, replayed, link }
}

async function newestStep(share: Share, names: readonly string[], below: number): Promise<Step | undefined> {
  for (const epoch of epochsIn(names)) {
    if (epoch >= below) continue
    const step = await readStep(share, epoch, Number.POSITIVE_INFINITY)
    if (step) return step
  }
  return undefined
}

/** Heartbeats record the length of the newest journals: one that is shorter now has lost data. */
async function refuseShortened(share: Share, names: readonly string[], newest: Position, below: number) {
  for (const epoch of epochsOf('alive', names)) {
    if (epoch < newest.epoch || epoch >= below) continue
    const text = Buffer.from(await share.read(aliveName(epoch))).toString()
    const bytes = Number(/^\d+ (\d+)$/.exec(text)?.[1] ?? 0)
    if (bytes > (epoch === newest.epoch ? newest.bytes : 0))
      throw new Error(
        `${journalName(epoch)} had ${bytes} bytes and has been cut; put it back from a backup, or remove ${aliveName(epoch)} to go on with what is left`,
      )
  }
}

/** The steps to follow, oldest first, from where the replica is or can start. */
async function wayTo(
  newest: Step,
  share: Share,
  names: readonly string[],
  replica: Replica,
  warn: (text: string) => void,
  until: number,
): Promise<Step[]> {
  const steps: Step[] = []
  for (let step = newest; ; ) {
    if (step.header.time <= until) steps.unshift(step)
    const { epoch, header, taken, start } = step
    const { position } = replica
    if (position?.epoch === epoch && position.bytes <= step.bytes) return steps
    if (position && position.epoch === header.takenTo?.epoch && position.bytes === header.takenTo.bytes) {
      replica.position = { epoch, bytes: start }
      return steps
    }
    if (steps.length > 0 && (await beginFromSnapshot(step, share, names, replica, warn))) return steps
    const { parent } = header
    if (parent === null) {
      await replica.reset()
      replica.migrate(header.schema)
      if (taken && taken.time <= until) replica.apply([taken])
      replica.position = { epoch, bytes: start }
      return steps
    }
    const before = names.includes(journalName(parent.epoch))
      ? await readStep(share, parent.epoch, parent.bytes)
      : undefined
    if (!before)
      throw new Error(
        `${journalName(epoch)} goes on from ${journalName(parent.epoch)}, which is missing; put it back from a backup`,
      )
    step = before
  }
}

async function beginFromSnapshot(
  { epoch, start }: Step,
  share: Share,
  names: readonly string[],
  replica: Replica,
  warn: (text: string) => void,
): Promise<boolean> {
  for (const snapshot of snapshotsIn(names)) {
    if (snapshot.epoch !== epoch) continue
    try {
      await replica.reset(async (local) => {
        const { bytes, crc } = await share.fetch(snapshot.name, local)
        if (bytes !== snapshot.bytes || crc !== snapshot.crc)
          throw new Error('its content is not what its name says')
      })
      replica.position = { epoch, bytes: start }
      return true
    } catch (error) {
      warn(`${snapshot.name} cannot be used and an older one is tried: ${(error as Error).message}`)
    }
  }
  return false
}

/** Applies the rest of a journal. */
async function follow(
  { epoch, header, taken, start, bytes }: Step,
  share: Share,
  replica: Replica,
  until: number,
): Promise<{ released: boolean; unfinished: number; replayed: number; link: Link }> {
  const name = journalName(epoch)
  replica.migrate(header.schema)
  const records: Record[] = []
  // From the header, which may have been followed last.
  if (replica.position?.epoch !== epoch && taken) records.push(taken)
  const before = replica.position?.epoch === epoch ? replica.position : undefined
  const from = before?.bytes ?? start
  // A replica that was here before reads only what is new.
  let end = before?.link ? from : start
  let link: Link = before?.link ?? linkOf(header, taken)
  let released = false
  const begin = end
  const content = await share.read(name, begin, bytes)
  for (const { frame, end: frameEnd } of decode(content, { epoch, bytes: end }, name)) {
    released = frame.kind === 'released'
    // It is not consumed, so that the next call finds it again.
    if (released || frame.kind !== 'record') break
    link = { parent: { epoch, bytes: end }, takenTo: { epoch, bytes: frameEnd }, taken: frame.record }
    if (frameEnd > from) records.push(frame.record)
    end = frameEnd
  }
  // The writer synced everything before it released the journal.
  if (released) link = { parent: { epoch, bytes: end }, takenTo: { epoch, bytes: end }, taken: undefined }
  if (end < from || (bytes !== Number.POSITIVE_INFINITY && end !== bytes)) throw new Damaged(name, end)
  replica.apply(records.filter(({ time }) => time <= until))
  replica.position = { epoch, bytes: end, link }
  const unfinished = released ? 0 : content.length - (end - begin)
  return { released, unfinished, replayed: end - from, link }
}

function linkOf({ parent, takenTo }: Header, taken: Record | undefined): Link {
  return { parent, ...(takenTo && { takenTo }), taken }
}

/** Whether the share has everything up to this position: every file, and as much of it as counts. */
export async function holds(share: Share, { epoch, bytes }: Position): Promise<boolean> {
  const names = await share.list()
  if (!names.includes(journalName(epoch))) return false
  if ((await share.read(journalName(epoch), bytes - 1, bytes)).length === 0) return false
  const step = await readStep(share, epoch, bytes)
  if (!step) return false
  if (step.header.parent === null || snapshotsIn(names).some((snapshot) => snapshot.epoch === epoch))
    return true
  return holds(share, step.header.parent)
}

export async function readHeader(share: Share, epoch: number): Promise<Header | undefined> {
  return (await readStep(share, epoch, 0))?.header
}

/** Undefined if the header is unfinished, so that nothing was acknowledged in this epoch. */
async function readStep(share: Share, epoch: number, bytes: number): Promise<Step | undefined> {
  const name = journalName(epoch)
  // A header is small, except for the record that it may have taken over.
  let content = await share.read(name, 0, headBytes)
  if (content.length === headBytes) content = await wholeHeader(share, name, content)
  for (const { frame, end } of decode(content, { epoch, bytes: 0 }, name)) {
    if (frame.kind !== 'header') throw new Damaged(name, 0)
    if (frame.header.format > format)
      throw new Error(
        `${name} has format ${frame.header.format}, this program knows ${format}; run a newer taskapp`,
      )
    return { epoch, header: frame.header, taken: frame.taken, start: end, bytes }
  }
  return undefined
}

const headBytes = 64 * 1024

async function wholeHeader(share: Share, name: string, start: Uint8Array): Promise<Uint8Array> {
  return frameLength(start) <= start.length ? start : share.read(name)
}
