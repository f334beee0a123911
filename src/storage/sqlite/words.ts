/**
 * How text becomes the words of the search index. Its tokenizer takes for a word what letters, digits, marks and
 * symbols stand together; that does for scripts that part words by blanks. What else there is, is spelled out
 * here, alike for tasks and for queries.
 */

/** What the index is to read in place of the title and the notes; null where it reads them aright as they are. */
export function wordsOf(title: string, notes: string | null): string | null {
  const text = notes === null ? title : `${title} ${notes}`
  const words = spell(text)
  return words === text ? null : words
}

/**
 * A query of FTS5 (https://sqlite.org/fts5.html#full_text_query_syntax): tasks that have every word, the last of
 * them at least as a beginning. Undefined when the text has no words at all.
 */
export function matchOf(text: string): string | undefined {
  const phrases = termsOf(text).map((term) => `"${spell(term).replaceAll('"', '""')}"`)
  return phrases.length > 0 ? `${phrases.join(' ')}*` : undefined
}

/** What blanks part in a query; what has no word in it only where nothing has. */
export function termsOf(text: string): string[] {
  const terms = text.split(/[\s\p{Cc}]+/u).filter((term) => term !== '')
  const worded = terms.filter(hasWord)
  return worded.length > 0 ? worded : terms
}

/** Parts what blanks do not. */
export function spell(text: string): string {
  const plain = text.normalize('NFKC')
  if (hasWord(plain)) return plain.replace(standsAlone(), ' $& ')
  // Nothing but punctuation: a word for each, so that it can be found, too.
  return Array.from(
    plain.replace(/\s+/gu, ''),
    (character) => `u${character.codePointAt(0)!.toString(16)}`,
  ).join(' ')
}

// Within functions, as reading these classes takes 1.7 ms that a start need not wait for.

/** Scripts that write without blanks between words, and symbols such as emoji: each character is a word. */
function standsAlone(): RegExp {
  return /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}\p{S}]/gu
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}\p{M}\p{S}\p{Co}]/u.test(text)
}
