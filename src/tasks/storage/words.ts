/**
 * Turns texts into terms for the search index, and search texts into queries over terms (decisions/007). All storages use the same
 * terms and so give the same answers. The terms of a task are a set: the cost of a search does not depend on the texts.
 */

/** All of these must match. */
export type Query = readonly (Term | Choice)[]

export interface Term {
  readonly text: string
  /** Whether it is a prefix. */
  readonly begins: boolean
}

/** All terms of at least one of these lists. */
export interface Choice {
  readonly any: readonly (readonly Term[])[]
}

/** Code points in a term; longer words are cut. SQLite's index has every prefix up to this length. */
const termLength = 24

/** The query syntax of an index. */
export interface Language {
  readonly and: string
  readonly or: string
  /** Terms contain no quotes, spaces or backslashes. */
  term(term: Term): string
}

/** The terms by which a task can be found. */
export function termsOf(...texts: readonly (string | null)[]): Set<string> {
  const text = fold(texts.filter((each) => each !== null).join(' '))
  // Most titles. The general way takes 5 µs instead of 1, of the 38 of a POST with PostgreSQL.
  if (/^[a-z0-9 ]+$/.test(text))
    return new Set(
      text
        .split(' ')
        .filter((word) => word !== '')
        .map(cut),
    )
  const terms = new Set<string>()
  // Repeated words are processed once.
  for (const part of new Set(text.split(/\s/u)))
    for (const piece of piecesOf(part)) for (const term of termsIn(piece)) terms.add(term)
  return terms.size > 0 ? terms : marksIn(text)
}

function termsIn(piece: Piece): string[] {
  if (piece.kind === 'symbol') return [piece.text]
  // Also the last character alone: a query of one character is a prefix search.
  if (piece.kind === 'run') return [...pairsOf(piece), piece.characters.at(-1)!]
  const { parts, before, after } = piece
  const whole = parts.join('')
  return [...parts, whole, `${before}${whole}${after}`].map(cut)
}

/** Every word of the text, the last one as a prefix. Undefined if it has none: then everything matches. */
export function queryOf(text: string): Query | undefined {
  const folded = fold(text)
  const pieces = Array.from(piecesOf(folded))
  const query = pieces.flatMap((piece, index) => questionsOf(piece, index === pieces.length - 1))
  if (query.length === 0)
    query.push(...Array.from(marksIn(folded), (mark) => ({ text: mark, begins: false })))
  const distinct = new Map(query.map((question) => [JSON.stringify(question), question]))
  return distinct.size > 0 ? Array.from(distinct.values()) : undefined
}

export function spell(query: Query, language: Language): string {
  return query
    .map((part) =>
      'any' in part
        ? `(${part.any.map((terms) => spell(terms, language)).join(language.or)})`
        : language.term(part),
    )
    .join(language.and)
}

function questionsOf(piece: Piece, isLast: boolean): (Term | Choice)[] {
  if (piece.kind === 'symbol') return [{ text: piece.text, begins: false }]
  if (piece.kind === 'run') {
    const pairs = Array.from(new Set(pairsOf(piece)), (text) => ({ text, begins: false }))
    return pairs.length > 0 ? pairs : [{ text: piece.characters[0]!, begins: true }]
  }
  const { parts, before, after } = piece
  const joined = { text: cut(`${before}${parts.join('')}${after}`), begins: isLast }
  if (parts.length === 1 || before !== '' || after !== '') return [joined]
  const own = new Map(parts.slice(0, -1).map((part) => [part, { text: cut(part), begins: false }]))
  const apart = [...own.values(), { text: cut(parts.at(-1)!), begins: isLast }]
  // `e-mail` is `email` as well, but 1.5 is not 15.
  return parts.every(isNumber) ? apart : [{ any: [[joined], apart] }]
}

/** The parts of a text between spaces and punctuation. */
type Piece =
  /** In scripts without spaces: word boundaries are unknown, so each pair of neighbouring characters is a term. */
  | { readonly kind: 'run'; readonly characters: readonly string[] }
  /** The parts of `e-mail`, and the signs around those of `C#` and `#work`. */
  | {
      readonly kind: 'word'
      readonly parts: readonly string[]
      readonly before: string
      readonly after: string
    }
  | { readonly kind: 'symbol'; readonly text: string }

function* piecesOf(text: string): Generator<Piece> {
  // Captures alternate with the text between them.
  for (const [index, part] of text.split(runs()).entries())
    if (index % 2 === 1) yield { kind: 'run', characters: Array.from(part) }
    else
      for (const { groups } of part.matchAll(others())) {
        const { word, before = '', after = '', symbol } = groups!
        if (word === undefined) yield { kind: 'symbol', text: symbol! }
        else yield { kind: 'word', parts: word.split(joiner), before, after }
      }
}

function pairsOf({ characters }: { readonly characters: readonly string[] }): string[] {
  return characters.slice(1).map((character, index) => characters[index]! + character)
}

/** The term for a text of nothing but punctuation, so that it can be found too. */
function marksIn(text: string): Set<string> {
  return new Set(
    Array.from(text.replace(/\s/gu, ''), (character) => `u${character.codePointAt(0)!.toString(16)}`),
  )
}

function cut(word: string): string {
  return word.length <= termLength ? word : Array.from(word).slice(0, termLength).join('')
}

/**
 * Folds spellings that people use for the same word: ignores case, marks in scripts that are commonly written without them, and
 * invisible characters; maps letters that many keyboards lack to Latin ones, Katakana to Hiragana, and all digits to ASCII.
 * web/src/list/search.ts does the same.
 */
function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text
    .replace(/[™℠]/g, ' ')
    .normalize('NFKD')
    .replace(silent(), '')
    .toUpperCase()
    .toLowerCase()
    .replace(letters, (letter) => spellings.get(letter)!)
    .replace(katakana, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60))
    .replace(otherDigits(), digitOf)
    .normalize('NFC')
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

function isNumber(part: string): boolean {
  return /^\p{N}+$/u.test(part)
}

/** In every script with digits, the ten are consecutive. */
function digitOf(character: string): string {
  const code = character.codePointAt(0)!
  let digit = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - digit - 1))) digit++
  return String(digit % 10)
}

const joiner = /['’.·_&״׳‐-]/

const letters = /[ßςæœøđðþłħŧىیکةʼʻ]/g
const katakana = /[ァ-ヶ]/g
const spellings = new Map(
  'ßss ςσ æae œoe øo đd ðd þth łl ħh ŧt ىي یي کك ةه ʼ’ ʻ’'.split(' ').map((pair) => [pair[0], pair.slice(1)]),
)

// Within functions, since compiling these classes would delay the start.

/** Scripts without spaces between words, or whose words take endings and prefixes. */
function runs(): RegExp {
  return /((?:(?=[\p{L}\p{N}\p{M}])[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}\p{scx=Yi}\p{scx=Javanese}\p{scx=Balinese}\p{scx=Tai_Tham}\p{scx=Tai_Le}\p{scx=New_Tai_Lue}\p{scx=Tai_Viet}])+)/u
}

function otherDigits(): RegExp {
  return /(?![0-9])\p{Nd}/gu
}

/** Words, with the signs that join their parts, a # before and # or + after them; or a symbol such as an emoji. */
function others(): RegExp {
  return /(?<before>#?)(?<word>[\p{L}\p{N}\p{M}\p{Co}]+(?:['’.·_&״׳‐-][\p{L}\p{N}\p{M}\p{Co}]+)*)(?<after>[#+]*)|(?<symbol>[\p{S}#])/gu
}

/**
 * Marks in scripts that can be read without them, except those of kana, which make other letters; Indic nuktas; the Arabic
 * tatweel; and invisible characters such as soft hyphens and joiners.
 */
function silent(): RegExp {
  return /(?![\u3099\u309a])(?=\p{Mn})[\p{sc=Inherited}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Coptic}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc\u0640\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
}
