/** What an open row tells beside its fields: the links in its text, and its times. */
import type { Task } from './task.ts'
import { withoutEnd } from './text.ts'
import { locale, t } from './words.ts'

export interface Details {
  show(text: string, task: Task): void
}

export interface Link {
  readonly href: string
  /** Where it leads, which is not always what is written. */
  readonly label: string
}

const mostLinks = 20
const marks = ".,;:!?'’”»"
const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

export function detailsOf(list: HTMLElement, line: HTMLElement): Details {
  let shown = ''

  return {
    show(text, { created, completed }) {
      line.textContent = [
        created && t.createdAt(times.format(created)),
        completed > 0 && t.completedAt(times.format(completed)),
      ]
        .filter(Boolean)
        .join(' · ')
      const links = linksIn(text)
      const now = links.map(({ href }) => href).join(' ')
      if (now === shown) return
      shown = now
      list.hidden = links.length === 0
      list.replaceChildren(...links.map(itemOf))
    },
  }
}

/** Each once, and none that could run a script. */
export function linksIn(text: string): Link[] {
  const links = new Map<string, Link>()
  for (const [found] of text.matchAll(/\b(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^]{1,2000}/giu)) {
    // What ends the sentence, and not the address.
    const link = linkOf(withoutEnd(found, found.includes('(') ? marks : `${marks})`))
    if (link && links.size < mostLinks) links.set(link.href, link)
  }
  return [...links.values()]
}

function linkOf(text: string): Link | undefined {
  const url = parsed(text)
  if (!url) return undefined
  // A letter may be begun, not written: its text is in the query.
  if (url.protocol === 'mailto:')
    return url.pathname.includes('@') ? { href: `mailto:${url.pathname}`, label: url.pathname } : undefined
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  // Who one is said to be there only hides where it leads.
  url.username = url.password = ''
  const rest = `${url.pathname}${url.search}`.replace(/^\/$/, '')
  return { href: url.href, label: `${url.host}${rest.length > 40 ? `${rest.slice(0, 39)}…` : rest}` }
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function itemOf({ href, label }: Link): HTMLElement {
  const [item, link] = [document.createElement('li'), document.createElement('a')]
  link.href = href
  link.textContent = label
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  link.referrerPolicy = 'no-referrer'
  item.append(link)
  return item
}
