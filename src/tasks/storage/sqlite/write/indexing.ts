import type { DatabaseSync } from 'node:sqlite'
import { limits } from '../../../../limits.ts'
import { searchedNames } from '../../../members.ts'
import { termsOf } from '../../words.ts'

const indexedUpToSql = '(select coalesce(max(id), 0) from search_docsize)'

/** Finds a row where the index of terms lacks tasks. */
export const hasUnindexedSql = `select 1 from (select 1 from unindexed limit 1)
  union all select 1 from (select 1 from tasks where id > ${indexedUpToSql} limit 1)`

/**
 * Returns a function that indexes some of them and returns how many; a search runs it until none is left (decisions/007).
 * Deleted tasks are indexed, too: once restored, their ids are below the highest one of the index.
 */
export function prepareIndex(db: DatabaseSync): () => number {
  const most = limits.indexedAtOnce
  const texts = searchedNames.join(', ')
  const selectChanged = db.prepare(`select id from unindexed order by id limit ${most}`)
  const selectNew = db.prepare(
    `with indexed as (select ${indexedUpToSql} as up_to)
     select id from tasks, indexed where id > up_to
     union all select id from deleted_tasks, indexed where id > up_to order by id limit ${most}`,
  )
  const selectText = db.prepare(
    `select ${texts} from tasks where id = :id union all select ${texts} from deleted_tasks where id = :id`,
  )
  // A delete would leave a last rowid that is too large for node:sqlite.
  const insert = db.prepare('insert or replace into search (rowid, words) values (?, ?)')
  const forget = db.prepare('delete from unindexed where id = ?')
  for (const statement of [selectChanged, selectNew, selectText]) statement.setReturnArrays(true)
  const idsOf = (rows: unknown) => (rows as [number][]).map(([id]) => id)

  return () => {
    const changed = idsOf(selectChanged.all())
    const isChanged = changed.length > 0
    let count = 0
    let chars = 0
    for (const id of isChanged ? changed : new Set(idsOf(selectNew.all()))) {
      const row = (selectText.get({ id }) ?? []) as (string | null)[]
      const terms = row.length > 0 ? [...termsOf(...row)].join(' ') : ''
      insert.run(id, terms)
      if (isChanged) forget.run(id)
      chars += row.reduce((sum, text) => sum + (text?.length ?? 0), terms.length)
      count++
      if (chars > limits.indexedChars) break
    }
    return count
  }
}
