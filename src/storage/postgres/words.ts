import { searchedNames } from '../../tasks/members.ts'
import type { Task } from '../../tasks/task.ts'
import { type Language, queryOf, spell, termsOf } from '../words.ts'

/** What is kept of a task for searching: its terms, with blanks between them. */
export function wordsOf(task: Pick<Task, (typeof searchedNames)[number]>): string {
  return [...termsOf(...searchedNames.map((name) => task[name]))].join(' ')
}

/** How long the texts of a row are. */
export const charsSql = searchedNames.map((name) => `coalesce(length(${name}), 0)`).join(' + ')

/** Rows of versions that kept other words began with a blank. */
export const isOldSql = "left(words, 1) = ' '"

/** A tsquery; undefined where everything is found. */
export function matchOf(text: string): string | undefined {
  const query = queryOf(text)
  return query && spell(query, tsquery)
}

const tsquery: Language = {
  and: ' & ',
  or: ' | ',
  term: ({ text, begins }) => `'${text}'${begins ? ':*' : ''}`,
}
