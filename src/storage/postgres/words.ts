import { type Query, queryOf, type Term, termsOf } from '../words.ts'

/** What is kept of a task for searching: its terms, with blanks between them. */
export function wordsOf(title: string, notes: string | null): string {
  return [...termsOf(title, notes)].join(' ')
}

/** Rows of versions that kept other words began with a blank. */
export const isOldSql = "left(words, 1) = ' '"

/** A tsquery; undefined where everything is found. No term has quotes, blanks or backslashes. */
export function matchOf(text: string): string | undefined {
  const query = queryOf(text)
  return query && matchAll(query)
}

function matchAll(query: Query): string {
  return query
    .map((part) => ('any' in part ? `(${part.any.map(matchAll).join(' | ')})` : matchTerm(part)))
    .join(' & ')
}

function matchTerm({ text, begins }: Term): string {
  return `'${text}'${begins ? ':*' : ''}`
}
