import { searchedNames } from '../../members.ts'
import type { Task } from '../../task.ts'
import { type Language, queryOf, spell, termsOf } from '../words.ts'

/** The search terms of a task, separated by spaces. */
export function wordsOf(task: Pick<Task, (typeof searchedNames)[number]>): string {
  return [...termsOf(...searchedNames.map((name) => task[name]))].join(' ')
}

/** Characters in the texts of a row. */
export const charsSql = searchedNames.map((name) => `coalesce(length(${name}), 0)`).join(' + ')

/** Rows of versions with other terms began with a space. */
export const isOldSql = "left(words, 1) = ' '"

/** A tsquery; undefined if everything matches. */
export function matchOf(text: string): string | undefined {
  const query = queryOf(text)
  return query && spell(query, tsquery)
}

const tsquery: Language = {
  and: ' & ',
  or: ' | ',
  term: ({ text, begins }) => `'${text}'${begins ? ':*' : ''}`,
}
