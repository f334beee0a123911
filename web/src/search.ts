/** Search as the user types, among the tasks that the page has. */
import type { Task } from './task.ts'

const plainTexts = new WeakMap<Task, string>()

/** Tasks that have every word somewhere in title or notes; case, accents and width do not count. */
export function matcher(query: string): (task: Task) => boolean {
  const words = plain(query).split(/\s+/).filter(Boolean)
  return (task) => words.length === 0 || words.every((word) => plainText(task).includes(word))
}

function plainText(task: Task): string {
  let text = plainTexts.get(task)
  if (text === undefined) {
    text = plain(`${task.title}\n${task.notes}`)
    plainTexts.set(task, text)
  }
  return text
}

function plain(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
}
