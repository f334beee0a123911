import type { DatabaseSync } from 'node:sqlite'
import { domain } from '../../../domain/store.ts'

/** A table that every copy and every journal has. */
export interface CarriedTable {
  readonly name: string
  /** The key is the first. */
  readonly columns: readonly CarriedColumn[]
}

export interface CarriedColumn {
  readonly name: string
  readonly isText: boolean
  readonly isOptional: boolean
}

/** Tables and columns that no copy has, and why. All others are carried without being named. */
export const leftOut: Readonly<Record<string, string>> = {
  sqlite_sequence: 'written by SQLite; the last ids are carried apart',
  ...domain.leftOut,
}

/** In the order in which the migrations created them. Virtual tables and their shadows are of the search index, too. */
export function carriedTables(db: DatabaseSync): CarriedTable[] {
  const rows = db
    .prepare(
      `select l.name as "table", c.name, c.type = 'TEXT' as isText, c."notnull" = 0 and c.pk = 0 as isOptional
       from sqlite_schema s join pragma_table_list l on l.schema = 'main' and l.name = s.name and l.type = 'table'
         join pragma_table_info(l.name) c
       where s.type = 'table' order by s.rowid, c.pk = 0, c.cid`,
    )
    .all()
  const tables = new Map<string, CarriedColumn[]>()
  for (const row of rows) {
    const [table, name] = [String(row['table']), String(row['name'])]
    if (table in leftOut || name in leftOut) continue
    const columns = tables.get(table) ?? []
    tables.set(table, columns)
    columns.push({ name, isText: row['isText'] === 1, isOptional: row['isOptional'] === 1 })
  }
  return Array.from(tables, ([name, columns]) => ({ name, columns }))
}
