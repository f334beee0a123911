/**
 * Search as you type among the loaded tasks: by the server's rules (src/tasks/storage/words.ts), and by any
 * part of their words.
 */
import type { Task } from '../tasks/task.ts'

/** A task's text, and the same without joiners. */
type Plain = readonly [text: string, joined: string]

const plainTexts = new WeakMap<Task, Plain>()

/** Tasks that have every word somewhere in title or notes. */
export function matcher(query: string): (task: Task) => boolean {
  const words = wordsOf(plain(query))
  return (task) => {
    const [text, joined] = words.length === 0 ? ['', ''] : plainText(task)
    return words.every(
      ({ whole, parts }) => joined.includes(whole) || parts.every((part) => text.includes(part)),
    )
  }
}

function plainText(task: Task): Plain {
  let known = plainTexts.get(task)
  if (known === undefined) {
    const text = plain(task.notes === '' ? task.title : `${task.title}\n${task.notes}`)
    known = [text, text.replace(joiners, '')]
    plainTexts.set(task, known)
  }
  return known
}

/** `whole` is a word without joiners, such as `email` for `e-mail`. In a query without words each mark counts. */
function wordsOf(query: string): { whole: string; parts: string[] }[] {
  const words = (query.match(/[\p{L}\p{N}\p{M}\p{Co}#+'’.·_&״׳‐-]+|\p{S}/gu) ?? [])
    .map((word) => ({ whole: word.replace(joiners, ''), parts: word.split(joiners).filter(Boolean) }))
    .filter(({ whole }) => whole !== '')
  if (words.length > 0) return words
  return Array.from(query.replace(/\s/g, ''), (mark) => ({ whole: mark, parts: [mark] }))
}

const joiners = /['’.·_&״׳‐-]/g

/** Normalizes variants of the same text. */
function plain(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replace(/[\p{Mn}\p{Cf}\p{Default_Ignorable_Code_Point}ـ]/gu, '')
    .toUpperCase()
    .toLowerCase()
    .replace(/[ßςæœøđðþłħŧىیکةʼʻ]/g, (letter) => spellings.get(letter)!)
    .replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60))
    .replace(/(?![0-9])\p{Nd}/gu, digitOf)
}

const spellings = new Map(
  'ßss ςσ æae œoe øo đd ðd þth łl ħh ŧt ىي یي کك ةه ʼ’ ʻ’'.split(' ').map((pair) => [pair[0], pair.slice(1)]),
)

/** In every script the ten digits have consecutive code points. */
function digitOf(character: string): string {
  const code = character.codePointAt(0)!
  let digit = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(code - digit - 1))) digit++
  return String(digit % 10)
}
