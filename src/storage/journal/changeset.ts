/** A table in a changeset, and how many columns it had then. */
export interface ChangedTable {
  readonly name: string
  readonly columns: number
}

/**
 * The tables in a changeset: https://sqlite.org/session/sqlite3session_changeset.html and the head of SQLite's
 * sqlite3session.c have the format. SQLite silently skips a table that is missing or has fewer columns.
 */
export function tablesIn(changeset: Uint8Array): ChangedTable[] {
  const bytes = Buffer.from(changeset.buffer, changeset.byteOffset, changeset.length)
  const tables: ChangedTable[] = []
  let columns = 0
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === kinds.table) {
      columns = bytes[at + 1]!
      const begin = at + 2 + columns
      const end = bytes.indexOf(0, begin)
      tables.push({ name: bytes.toString('utf8', begin, end), columns })
      at = end + 1
    } else {
      // An operation, a flag, and one row; an update has two.
      const values = columns * (bytes[at] === kinds.update ? 2 : 1)
      at += 2
      for (let value = 0; value < values; value++) at = behindValue(bytes, at)
    }
  }
  return tables
}

const kinds = { table: 0x54, update: 23 }
const types = { integer: 1, float: 2, text: 3, blob: 4 }

function behindValue(bytes: Buffer, at: number): number {
  const type = bytes[at]
  if (type === types.integer || type === types.float) return at + 9
  if (type !== types.text && type !== types.blob) return at + 1
  // Seven bits per byte, most significant first: https://sqlite.org/fileformat2.html#varint
  let length = 0
  let next = at + 1
  for (; bytes[next]! & 0x80; next++) length = length * 128 + (bytes[next]! & 0x7f)
  return next + 1 + length * 128 + bytes[next]!
}
