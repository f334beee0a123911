/** Input from before this script ran: kept by early.ts, or submitted by the form without any script. */
import { dateOf } from '../dates/dates.ts'
import { parseDue } from '../dates/due.ts'
import type { Entered } from '../early.ts'
import { titleFault } from '../shell/faults.ts'
import { titleOf } from '../shell/text.ts'
import { blank, type Content } from '../tasks/task.ts'
import { dateLocales } from '../words/words.ts'

/** Parameter names of the manifest. They differ from the form's, whose fields are added as tasks. */
const shares = ['name', 'text', 'url']

/** The tasks to add. Incomplete input stays in `input`, and so does the text of a link from elsewhere: a link must not add tasks. */
export function takeEntered(input: HTMLInputElement): Content[] {
  const entered = [...(window.takeEarly?.() ?? []), ...sent()]
  const contents = entered.map(({ title, due }) => ({
    ...blank,
    title: titleOf(title),
    due: parseDue(due, dateLocales, dateOf(new Date())) ?? '',
  }))
  const isTask = ({ title }: Content) => title !== '' && titleFault(title) === ''
  const query = new URLSearchParams(location.search)
  const rest = [
    ...contents.filter((content) => !isTask(content)).map(({ title }) => title),
    ...(isOwn() ? [] : query.getAll('title')),
    ...shared(query),
  ].join(' ')
  if (rest !== '' && input.value === '') input.value = rest
  forget(query)
  return contents.filter(isTask)
}

/** https://html.spec.whatwg.org/#form-submission-algorithm puts the fields of the form into the address. */
function sent(): Entered[] {
  const query = new URLSearchParams(location.search)
  const title = query.get('title') ?? ''
  return isOwn() && title !== '' ? [{ title, due: query.get('due') ?? '' }] : []
}

/** What another program shares (https://w3c.github.io/web-share-target/), each part once: many programs repeat the URL in the text. */
function shared(query: URLSearchParams): string[] {
  const parts = shares.map((name) => titleOf(query.get(name) ?? ''))
  return parts.filter(
    (part, at) =>
      part !== '' && !parts.some((other, place) => other.includes(part) && (other !== part || place < at)),
  )
}

/** Whether the navigation started on this page: https://html.spec.whatwg.org/#navigationactivation covers only the same origin. */
function isOwn(): boolean {
  const { navigation } = window as { navigation?: { activation?: { from?: object | null } | null } }
  return Boolean(navigation?.activation?.from)
}

/** Prevents a reload from submitting it again. */
function forget(query: URLSearchParams) {
  const names = ['title', 'due', 'add', ...shares]
  if (!names.some((name) => query.has(name))) return
  for (const name of names) query.delete(name)
  history.replaceState(null, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`)
}
