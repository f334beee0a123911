import { resolve } from 'node:path'
import { limits } from '../../limits.ts'
import type { Database } from '../database.ts'
import { carriedTables } from '../sqlite/schema/carried.ts'
import { openDatabase } from '../sqlite/schema/open.ts'
import { quoted } from '../tables.ts'
import { work } from '../work.ts'
import { type End, openEnd, type Row, type Table, type Value } from './ends.ts'

/** Rows by table. */
export type Copied = Readonly<Record<string, number>>

/**
 * Copies all persistent tables into a database that is empty or partly filled by an earlier attempt, and compares every column of
 * every row at the end. Throws, without having changed anything, if the target has other data.
 */
export async function copyAll(from: Database, to: Database): Promise<Copied> {
  refuseItself(from, to)
  const tables = persistentTables()
  const source = await openEnd(from, true)
  try {
    const target = await openEnd(to, false)
    try {
      // First without writing: a target with other data stays as it is.
      for (const table of tables) await walk(table, source, target)
      // No id is assigned twice, even if a service is started on an incomplete copy.
      await target.raiseLastId(await source.lastId())
      for (const table of tables) await walk(table, source, target, (rows) => target.add(table, rows))
      const counts: Record<string, number> = {}
      for (const table of tables) {
        const { rows, missing } = await walk(table, source, target)
        if (missing > 0) throw new Error(`${missing} rows of ${table.name} did not arrive; copy again`)
        counts[table.name] = rows
      }
      return counts
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/** As the schema of SQLite has them; that of PostgreSQL has the same, as a test holds. */
function persistentTables(): Table[] {
  const db = openDatabase(':memory:')
  try {
    return carriedTables(db).map(({ name, columns }) => {
      const names = columns.map((column) => quoted(column.name)).join(', ')
      const query = db.prepare(`select ${names} from ${quoted(name)}`)
      query.setReturnArrays(true)
      const initial = new Map((query.all() as unknown as Row[]).map((row) => [row[0]!, row]))
      const { name: key, isText } = columns[0]!
      return { name, columns, key, names, lowest: isText ? '' : 0, initial }
    })
  } finally {
    db.close()
  }
}

/** Compares a table on both sides. Throws if the target has a row that is missing or different in the source. */
async function walk(
  table: Table,
  source: End,
  target: End,
  add?: (missing: readonly Row[]) => Promise<void>,
) {
  let rows = 0
  let missing = 0
  for (let key = table.lowest; ; ) {
    const some = await source.behind(table, key, limits.copiedAtOnce)
    const last = some.length < limits.copiedAtOnce ? undefined : some.at(-1)![0]!
    const there = new Map((await target.between(table, key, last)).map((row) => [row[0], row]))
    const lacking = some.filter((row) => {
      const key = row[0]!
      const copy = there.get(key)
      there.delete(key)
      if (copy && same(copy, row)) return false
      if (copy && !same(copy, table.initial.get(key))) refuse(key)
      return true
    })
    for (const other of there.keys()) refuse(other!)
    if (lacking.length > 0) await add?.(lacking)
    rows += some.length
    work.progress(`${add ? 'copying' : 'comparing'} ${table.name}, ${rows} rows`)
    missing += lacking.length
    if (last === undefined) return { rows, missing }
    key = last
  }

  function refuse(key: Value): never {
    throw new Error(
      `Cannot copy: the target has ${table.name} ${JSON.stringify(key)}, which the source has not, or otherwise; choose an empty target`,
    )
  }
}

function same(row: Row, other: Row | undefined): boolean {
  return other !== undefined && row.every((value, index) => value === other[index])
}

function refuseItself({ file, postgres }: Database, to: Database) {
  if (file === ':memory:' || to.file === ':memory:')
    throw new Error('Cannot copy what is in memory: it ends with the program')
  if (postgres ? postgres.url === to.postgres?.url : !to.postgres && resolve(file) === resolve(to.file))
    throw new Error('Cannot copy: both are the same database')
}
