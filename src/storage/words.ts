/**
 * How texts become terms of the search index, and queries questions about terms (decisions/007). Both storages have the same
 * terms and so give the same answers. The terms of a task are a set: what a search costs does not depend on the texts.
 */

/** All of these must hold. */
export type Query = readonly (Term | Choice)[]

export interface Term {
  readonly text: string
  /** Whether a term that begins with it will do. */
  readonly begins: boolean
}

/** Of these lists all terms of one. */
export interface Choice {
  readonly any: readonly (readonly Term[])[]
}

/** Code points of a term; of a longer word its beginning counts. SQLite's index has every beginning up to this length. */
const termLength = 24

/** What a search may find a task by. */
export function termsOf(title: string, notes: string | null): Set<string> {
  const text = fold(notes === null ? title : `${title} ${notes}`)
  const terms = new Set<string>()
  for (const piece of piecesOf(text)) {
    if (piece.kind === 'symbol') terms.add(piece.text)
    // Of a query of one character it is the beginning.
    else if (piece.kind === 'run')
      for (const pair of [...pairsOf(piece), piece.characters.at(-1)!]) terms.add(pair)
    else {
      const { parts, before, after } = piece
      const whole = parts.join('')
      for (const word of [...parts, whole, `${before}${whole}${after}`]) terms.add(cut(word))
    }
  }
  if (terms.size === 0) for (const mark of marksIn(text)) terms.add(mark)
  return terms
}

/** Every word of the text, the last one as a beginning. Undefined where it has none: then everything is found. */
export function queryOf(text: string): Query | undefined {
  const folded = fold(text)
  const pieces = Array.from(piecesOf(folded))
  const query = pieces.flatMap((piece, index) => questionsOf(piece, index === pieces.length - 1))
  if (query.length === 0)
    query.push(...Array.from(marksIn(folded), (mark) => ({ text: mark, begins: false })))
  const distinct = new Map(query.map((question) => [JSON.stringify(question), question]))
  return distinct.size > 0 ? Array.from(distinct.values()) : undefined
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
  return [{ any: [[joined], [...own.values(), { text: cut(parts.at(-1)!), begins: isLast }]] }]
}

/** What stands in a text, between blanks and punctuation. */
type Piece =
  /** Of scripts that write without blanks. Which of its characters are a word nobody can tell: each pair of neighbours is one. */
  | { readonly kind: 'run'; readonly characters: readonly string[] }
  /** The parts of `e-mail`, and what stands around those of `C#` and `#work`. */
  | {
      readonly kind: 'word'
      readonly parts: readonly string[]
      readonly before: string
      readonly after: string
    }
  | { readonly kind: 'symbol'; readonly text: string }

function* piecesOf(text: string): Generator<Piece> {
  // What the expression captures stands between what it does not.
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

/** What is kept of a text that has nothing but punctuation, so that it can be found, too. */
function marksIn(text: string): Set<string> {
  return new Set(
    Array.from(text.replace(/\s/gu, ''), (character) => `u${character.codePointAt(0)!.toString(16)}`),
  )
}

function cut(word: string): string {
  return word.length <= termLength ? word : Array.from(word).slice(0, termLength).join('')
}

/**
 * The same text for all that people write for the same: without case, without marks where a script is commonly written
 * without them, without what shows nothing, and with Latin letters for those that many keyboards lack.
 */
function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replace(silent(), '')
    .toUpperCase()
    .toLowerCase()
    .replace(letters, (letter) => spellings[letter]!)
    .normalize('NFC')
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text)
}

const joiner = /['’.·_&״׳‐-]/

const letters = /[ςæœøđðþłħŧىیکةʼ]/g
const spellings: Readonly<Record<string, string>> = {
  ς: 'σ',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ى: 'ي',
  ی: 'ي',
  ک: 'ك',
  ة: 'ه',
  ʼ: '’',
}

// Within functions, as reading these classes takes longer than a start should wait for.

/** Scripts that write without blanks between words, or whose words have endings and prefixes without any. */
function runs(): RegExp {
  return /((?:(?=[\p{L}\p{N}\p{M}])[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}])+)/u
}

/** Words with what joins their parts, with a # before them and with # and + behind them; or a symbol, such as an emoji. */
function others(): RegExp {
  return /(?<before>#?)(?<word>[\p{L}\p{N}\p{M}\p{Co}]+(?:['’.·_&״׳‐-][\p{L}\p{N}\p{M}\p{Co}]+)*)(?<after>[#+]*)|(?<symbol>[\p{S}#])/gu
}

/**
 * Marks of the scripts that are read without them, but for those of kana, which make other letters; the nuktas of India; the
 * long stroke of Arabic; and whatever shows nothing, such as soft hyphens and joiners.
 */
function silent(): RegExp {
  return /(?![\u3099\u309a])(?=\p{Mn})[\p{sc=Inherited}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Coptic}\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Syriac}]|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc\u0640\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
}
