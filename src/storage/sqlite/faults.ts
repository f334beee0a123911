/** What ails a database, by SQLite's primary result code: https://sqlite.org/rescode.html. The rest is a fault of the statement. */
const faults = new Map([
  [3, 'the database may not be used'],
  [5, 'another program holds a lock on the database'],
  [7, 'there is not enough memory'],
  [8, 'the database may only be read'],
  [10, 'the disk of the database reports an error'],
  [11, 'the database is damaged'],
  [13, 'the disk of the database is full'],
  [14, 'the database, or the -wal and -shm beside it, cannot be opened or made'],
  [15, 'locks do not work on the disk of the database'],
  [26, 'the file is not an SQLite database'],
])

/** In words and without a path what ails the database, or undefined where the error says nothing about that. */
export function faultOf(error: unknown): string | undefined {
  const { errcode } = error as { errcode?: number }
  return errcode === undefined ? undefined : faults.get(errcode & 0xff)
}
