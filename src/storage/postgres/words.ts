import { type Language, queryOf, spell, termsOf } from '../words.ts'

/** What is kept of a task for searching: its terms, with blanks between them. */
export function wordsOf(title: string, notes: string | null): string {
  return [...termsOf(title, notes)].join(' ')
}

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
