/** The details of an open row beside its fields: the links in its text, and its times. */

import { withoutEnd } from '../shell/text.ts'
import type { Task } from '../tasks/task.ts'
import { locale, t } from '../words/words.ts'

export interface Details {
  /** Overlays the links of the notes on their text, and lists those of the title. */
  show(texts: { title: string; notes: string }, task: Task): void
}

export interface Link {
  readonly href: string
  /** The link's target, which may differ from its text. */
  readonly label: string
}

/** A link and its position in a text. */
interface Found extends Link {
  readonly from: number
  readonly to: number
}

const mostLinks = 100
const marks = ".,;:!?'’”»"
const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })

/** `form` has text fields that grow: each has a layer with the same text, which determines its height. */
export function detailsOf(form: HTMLElement): Details {
  const find = (selector: string) => form.querySelector<HTMLElement>(selector)!
  const [title, notes] = [find('[name=title] + .layer'), find('[name=notes] + .layer')]
  const [list, line] = [find('.links'), find('.times')]

  return {
    show(texts, { created, completed }) {
      line.textContent = [
        created && t.createdAt(times.format(created)),
        completed > 0 && t.completedAt(times.format(completed)),
      ]
        .filter(Boolean)
        .join(' · ')
      title.replaceChildren(plain(texts.title), '\n')
      const [inTitle, inNotes] = [linksIn(texts.title), linksIn(texts.notes)]
      list.hidden = inTitle.length === 0
      list.replaceChildren(...inTitle.map(itemOf))
      notes.replaceChildren(...partsOf(texts.notes, inNotes), '\n')
    },
  }
}

/** Finds only links whose schemes cannot run scripts. */
export function linksIn(text: string): Found[] {
  const links: Found[] = []
  for (const { 0: found, index: from } of text.matchAll(
    /\b(?:https?:\/\/|mailto:)[^\s<>"`{}|\\^]{1,2000}/giu,
  )) {
    // Trailing punctuation belongs to the sentence, not to the URL.
    const written = withoutEnd(found, found.includes('(') ? marks : `${marks})`)
    const link = linkOf(written)
    if (link && links.length < mostLinks) links.push({ ...link, from, to: from + written.length })
  }
  return links
}

/** The text with its links as elements; the rest of the text is invisible, as the field shows it. */
function partsOf(text: string, links: readonly Found[]): HTMLElement[] {
  let at = 0
  const parts = links.flatMap((link) => {
    const before = plain(text.slice(at, link.from))
    at = link.to
    return [before, anchorOf(link, text.slice(link.from, link.to))]
  })
  return [...parts, plain(text.slice(at))]
}

function plain(text: string): HTMLElement {
  const part = document.createElement('span')
  part.ariaHidden = 'true'
  part.textContent = text
  return part
}

function linkOf(text: string): Link | undefined {
  const url = parsed(text)
  if (!url) return undefined
  // A mailto link must not prefill a message: its query would contain the text.
  if (url.protocol === 'mailto:')
    return url.pathname.includes('@') ? { href: `mailto:${url.pathname}`, label: url.pathname } : undefined
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined
  // User information in a URL only disguises its host.
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

function itemOf(link: Link): HTMLElement {
  const item = document.createElement('li')
  item.append(anchorOf(link, link.label))
  return item
}

function anchorOf({ href, label }: Link, text: string): HTMLElement {
  const link = document.createElement('a')
  link.href = href
  link.title = label
  link.textContent = text
  link.target = '_blank'
  link.rel = 'noopener noreferrer'
  link.referrerPolicy = 'no-referrer'
  return link
}
