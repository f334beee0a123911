/** Links to the lists, and the dialogs that create and change them. */

import { arrange } from '../list/arrange.ts'
import type { Look } from '../list/view.ts'
import { announce } from '../shell/announce.ts'
import { element } from '../shell/dialog.ts'
import type { Toast } from '../shell/toast.ts'
import type { Draft, Drafts, Written } from '../tasks/drafts.ts'
import type { ListAct } from '../tasks/history.ts'
import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'
import { createListChanges } from './list-changes.ts'
import { openListDialog } from './list-dialog.ts'
import type { List, Lists } from './load-lists.ts'

export interface ListsShown {
  update(look: Look): void
  /** Opens the dialog for a new list, or resumes its draft. */
  make(draft?: Draft): void
  turn(act: ListAct): void
}

export interface ListsGiven {
  /** The container of the links. */
  readonly element: HTMLElement
  readonly lists: Pick<Lists, 'all' | 'read' | 'isRead' | 'named'>
  readonly drafts: Pick<Drafts, 'keep'>
  readonly send: typeof fetch
  readonly toast: Toast
  /** A list was deleted here. */
  readonly listDeleted: (id: number, words: string) => void
  readonly t: Words
}

export function showLists({
  element: nav,
  lists,
  drafts,
  send,
  toast,
  listDeleted,
  t,
}: ListsGiven): ListsShown {
  const links = new Map<number, HTMLAnchorElement>()
  const names = new Map<number, string>()
  const change = createListChanges(send, lists.read, lists.named)
  const more = toolOf('#icon-more', () => edit(open))
  const add = toolOf('#icon-add', () => make())
  add.ariaLabel = l.newList
  /** The only list shown; 0 for all lists. */
  let open = 0
  let seen = 0

  return { update, make, turn }

  function update(look: Look) {
    const all = lists.all()
    open = look.list
    if (open && lists.isRead() && (!all.has(open) || all.size < 2)) queueMicrotask(leave)
    const left = new Map<number, number>()
    for (const { done, list } of look.all) {
      const id = all.has(list) ? list : 1
      if (!done) left.set(id, (left.get(id) ?? 0) + 1)
    }
    const wanted: HTMLElement[] = []
    for (const list of all.values()) {
      names.set(list.id, list.name)
      const link = links.get(list.id) ?? linkOf(list.id)
      show(link, list, left.get(list.id) ?? 0)
      wanted.push(link)
      if (list.id !== open) continue
      more.ariaLabel = l.editList(list.name)
      wanted.push(more)
    }
    for (const [id, link] of links)
      if (!all.has(id)) {
        links.delete(id)
        link.remove()
      }
    if (!wanted.includes(more)) more.remove()
    arrange(nav, [...wanted, add])
    if (open !== seen) bringIntoView(links.get(open))
    seen = links.has(open) ? open : 0
  }

  function linkOf(id: number): HTMLAnchorElement {
    const link = element('a', { href: `all?list=${id}`, className: 'of-list' })
    link.dataset['list'] = String(id)
    const name = element('span', { className: 'name', dir: 'auto' })
    const count = element('span', { className: 'count', ariaHidden: 'true' })
    link.append(name, ' ', count, ' ', element('span', { className: 'visually-hidden' }))
    links.set(id, link)
    return link
  }

  function show(link: HTMLAnchorElement, { id, name, color = '' }: List, left: number) {
    const [nameOf, count, words] = [...link.children]
    if (nameOf!.textContent !== name) nameOf!.textContent = name
    const said = t.left(left)
    if (words!.textContent !== said) {
      words!.textContent = said
      count!.textContent = left === 0 ? '' : String(left)
    }
    link.dataset['color'] = color
    if (id === open) link.ariaCurrent = 'page'
    else link.removeAttribute('aria-current')
  }

  /** Scrolls only the links, not the page. */
  function bringIntoView(link: HTMLElement | undefined) {
    if (!link) return
    const [box, within] = [link.getBoundingClientRect(), nav.getBoundingClientRect()]
    const by = (from: number, to: number, start: number, end: number) =>
      from < start ? from - start : to > end ? to - end : 0
    nav.scrollBy({
      left: by(box.left, box.right + box.height, within.left, within.right),
      top: by(box.top, box.bottom, within.top, within.bottom),
    })
  }

  function toolOf(icon: string, run: () => void): HTMLButtonElement {
    const button = element('button', { type: 'button', className: 'tool' })
    const [svg, use] = ['svg', 'use'].map((name) =>
      document.createElementNS('http://www.w3.org/2000/svg', name),
    ) as [SVGElement, SVGElement]
    svg.classList.add('icon', 'bold')
    svg.ariaHidden = 'true'
    use.setAttribute('href', icon)
    svg.append(use)
    button.append(svg)
    button.addEventListener('click', run)
    return button
  }

  function make(draft?: Draft) {
    const { id } = draft?.list ?? nothing
    if (lists.all().has(id)) return edit(id, draft)
    openListDialog({
      t,
      ...draftOf(nothing, draft),
      async save({ name, color }) {
        const id = await change.make(name, color)
        go(id)
        announce(l.listMade(name))
      },
    })
  }

  function edit(id: number, draft?: Draft) {
    const list = lists.all().get(id)
    if (!list) return
    let before = draft?.list ?? list
    openListDialog({
      t,
      list: before,
      ...draftOf(before, draft),
      async save(wanted) {
        const now = await change.edit(before, wanted)
        if (!now) return
        before = now
        throw new Error(l.listChanged(now.name, l.colors[now.color ?? '']!))
      },
      ...(id !== 1 && {
        async remove() {
          await remove(id)
          listDeleted(id, l.listDeleted(list.name))
        },
      }),
      async step(by) {
        const ids = [...lists.all().keys()]
        const to = ids.indexOf(id) + by
        if (to < 0 || to >= ids.length) return
        await change.move(id, ids[by < 0 ? to : to + 1] ?? null)
        announce(t.moved(list.name, to + 1, ids.length))
      },
    })
  }

  /** The draft of the dialog of this list, and how it is stored. */
  function draftOf(list: List, draft: Draft | undefined) {
    let key = draft?.key
    const keep = (written: Written | undefined) => {
      key = drafts.keep(written && { ...written, list }, key)
    }
    return { written: draft, keep }
  }

  async function remove(id: number) {
    await change.remove(id)
    if (open === id) showAll()
    links.get(1)?.focus()
  }

  async function turn(act: ListAct) {
    try {
      if (!act.isGone) return await remove(act.id)
      await change.restore(act.id)
      go(act.id)
    } catch (error) {
      toast.show((error as Error).message, { label: t.retry, run: () => void turn(act) })
    }
  }

  function go(id: number) {
    const link = links.get(id) ?? linkOf(id)
    if (!link.isConnected) nav.append(link)
    link.click()
    link.focus()
  }

  /** The list shown, or all others, were deleted elsewhere: no draft is lost. */
  function leave() {
    const all = lists.all()
    if (!open || (all.has(open) && all.size > 1)) return
    const isGone = !all.has(open)
    const name = names.get(open)
    showAll()
    if (!isGone) return
    const words = name === undefined ? l.listUnknown : l.listGone(name)
    toast.show(words)
    announce(words)
  }

  /** Replaces the list's history entry, so that the back button does not return to it. */
  function showAll() {
    const q = new URLSearchParams(location.search).get('q')
    history.replaceState(null, '', q ? `all?${new URLSearchParams({ q })}` : 'all')
    dispatchEvent(new PopStateEvent('popstate'))
  }
}

/** The list to be created. */
const nothing: List = { id: 0, name: '' }
