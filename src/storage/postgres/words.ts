import { spell } from '../sqlite/words.ts'

/** Letters, digits, marks and symbols, as the tokenizer of the SQLite adapter takes them (sqlite/migrations.ts). */
const word = /[\p{L}\p{N}\p{Co}\p{M}\p{S}]+/gu
/** Of a word, in code points: PostgreSQL's index takes no more than 2,046 bytes. */
const wordLength = 400

/** What is kept for searching: its words, parted and framed by blanks. */
export function wordsOf(title: string, notes: string | null): string {
  return ` ${wordsIn(notes === null ? title : `${title} ${notes}`).join(' ')} `
}

export interface Match {
  /** A tsquery with every word, the last as a beginning. */
  readonly query: string
  /** What `words` has to hold. */
  readonly phrases: readonly string[]
}

/** Undefined when nothing can match. */
export function matchOf(terms: readonly string[]): Match | undefined {
  const phrases = terms.map(wordsIn).filter((words) => words.length > 0)
  if (phrases.length === 0) return undefined
  const all = phrases.flat()
  return {
    query: `${all.map((text) => `'${text}'`).join(' & ')}:*`,
    phrases: phrases.map((words, index) => ` ${words.join(' ')}${index < phrases.length - 1 ? ' ' : ''}`),
  }
}

function wordsIn(text: string): string[] {
  const plain = spell(text)
    .replace(/\P{ASCII}/gu, fold)
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
  return (plain.match(word) ?? []).map((found) =>
    found.length <= wordLength ? found : Array.from(found).slice(0, wordLength).join(''),
  )
}

/** Without case, and Latin letters without diacritics. Character by character: a sigma is one at a word's end, too. */
function fold(character: string): string {
  const lower = character.toLowerCase().replace('ς', 'σ')
  return /\p{Script=Latin}/u.test(lower) ? lower.normalize('NFD') : lower
}
