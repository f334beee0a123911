import { crc32 } from 'node:zlib'

/**
 * A journal is a row of frames, each
 *
 *     u32 length of the content | u32 CRC-32 of epoch, place and length | u32 CRC-32 of the content | content
 *
 * little-endian. The content begins with a byte for its kind. Where the length were damaged unseen, all that follows
 * would look like a frame that was never finished: so it has a checksum of its own.
 */
export type Frame =
  | { readonly kind: 'header'; readonly header: Header; readonly taken: Record | undefined }
  | { readonly kind: 'record'; readonly record: Record }
  | { readonly kind: 'released' }

export interface Header {
  readonly format: number
  /** The schema version of the records that follow. */
  readonly schema: number
  /** Milliseconds since 1970, for people and for restoring to a time; not used by the protocol. */
  readonly time: number
  /** Where the history comes from: the first bytes of an older epoch's journal. Null for the first. */
  readonly parent: Position | null
  /** The end of the record that was taken over from the parent, in the parent. */
  readonly takenTo?: Position
}

/** A position: so many bytes into the journal of that epoch. */
export interface Position {
  readonly epoch: number
  readonly bytes: number
}

/** The changes of one group of writes. */
export interface Record {
  /** Milliseconds since 1970. */
  readonly time: number
  /** The last id assigned in each table; a changeset does not include rows that were inserted and deleted again. */
  readonly ids: Readonly<{ [table: string]: number }>
  /** https://sqlite.org/session/sqlite3session_changeset.html */
  readonly changeset: Uint8Array
}

/** The journal is damaged at `offset`: that frame was once complete, and may have been acknowledged. */
export class Damaged extends Error {
  readonly offset: number

  constructor(name: string, offset: number) {
    super(
      `${name} is damaged at byte ${offset}; put the file back from a backup, or see what is left with taskapp restore`,
    )
    this.offset = offset
  }
}

export const format = 1
const prefix = 12
const kinds = { header: 1, record: 2, released: 3 }

export function encode(frame: Frame, { epoch, bytes: offset }: Position): Uint8Array {
  const content = contentOf(frame)
  const head = Buffer.alloc(prefix)
  head.writeUInt32LE(content.length, 0)
  head.writeUInt32LE(placeSum(epoch, offset, content.length), 4)
  head.writeUInt32LE(crc32(content), 8)
  return Buffer.concat([head, content])
}

function contentOf(frame: Frame): Buffer {
  const kind = Buffer.of(kinds[frame.kind])
  if (frame.kind === 'released') return kind
  if (frame.kind === 'record') return Buffer.concat([kind, textWith(frame.record)])
  const { header, taken } = frame
  return Buffer.concat([kind, sized(JSON.stringify(header)), ...(taken ? [textWith(taken)] : [])])
}

function textWith({ changeset, ...rest }: Record): Buffer {
  return Buffer.concat([sized(JSON.stringify(rest)), changeset])
}

/** The text, prefixed by its length. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The length that the first frame declares. */
export function frameLength(bytes: Uint8Array): number {
  return prefix + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(0)
}

/**
 * The frames in `bytes`, which start at `offset` of the journal `name`, each with the offset of its end. Stops at an unfinished
 * frame. Throws `Damaged`.
 */
export function* decode(
  bytes: Uint8Array,
  { epoch, bytes: offset }: Position,
  name: string,
): Generator<{ frame: Frame; end: number }> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at + prefix <= view.length; ) {
    const length = view.readUInt32LE(at)
    if (placeSum(epoch, offset + at, length) !== view.readUInt32LE(at + 4)) {
      // After a power failure a file server may have the length of a file, but zeros at its end.
      if (view.subarray(at).every((byte) => byte === 0)) return
      throw new Damaged(name, offset + at)
    }
    const end = at + prefix + length
    if (end > view.length) return
    const content = view.subarray(at + prefix, end)
    if (crc32(content) !== view.readUInt32LE(at + 8)) throw new Damaged(name, offset + at)
    yield { frame: parse(content), end: offset + end }
    at = end
  }
}

function parse(content: Buffer): Frame {
  if (content[0] === kinds.released) return { kind: 'released' }
  if (content[0] === kinds.record) return { kind: 'record', record: parseRecord(content.subarray(1)) }
  const split = 5 + content.readUInt32LE(1)
  const header: Header = JSON.parse(content.toString('utf8', 5, split))
  const taken = split < content.length ? parseRecord(content.subarray(split)) : undefined
  return { kind: 'header', header, taken }
}

function parseRecord(bytes: Buffer): Record {
  const split = 4 + bytes.readUInt32LE(0)
  return { ...JSON.parse(bytes.toString('utf8', 4, split)), changeset: bytes.subarray(split) }
}

function placeSum(epoch: number, offset: number, length: number): number {
  return crc32(`${epoch} ${offset} ${length}`)
}
