import type { DatabaseSync } from 'node:sqlite'
import type { Item, Resource, Values } from '../../../resources/resource.ts'
import { type ItemRow, selectItemsSql, toItem } from '../../items.ts'
import { arrays, read } from './statements.ts'

/** Throws `Unavailable`. */
export function readItems<V extends Values>(db: DatabaseSync, resource: Resource<V>): readonly Item<V>[] {
  const rows = read(() => arrays(db, selectItemsSql(resource)).all()) as unknown as ItemRow[]
  return rows.map((row) => toItem(resource, row))
}
