/** What the lists are called, and what shows them: a script that is loaded once there are several. */

import type { Look } from '../list/view.ts'
import { dialogs } from '../load-later.ts'
import { ofBrowser } from '../shell/local.ts'
import type { Toast } from '../shell/toast.ts'
import type { Storage } from '../tasks/storage.ts'
import { t } from '../words/words.ts'
import type { ListsShown } from './lists.ts'

export interface List {
  readonly id: number
  readonly name: string
  readonly color?: string
}

export interface Lists {
  /** By id, in the user's order; empty until they are loaded. */
  all(): ReadonlyMap<number, List>
  /** Whether the server has said so, and nothing else since. */
  isRead(): boolean
  /** Reads what the browser has kept. */
  start(): Promise<void>
  /** Reads what the server has. */
  read(): Promise<void>
  update(look: Look): void
  /** Asks for the name of another. */
  make(): void
}

export interface ListsOptions {
  readonly storage: Storage
  readonly send: typeof fetch
  readonly toast: Toast
  readonly changed: () => void
}

/** Where the browser remembers that there are several: their place is kept free from the start. */
const place = 'lists'
const patienceMs = 60_000

export function createLists({ storage, send, toast, changed }: ListsOptions): Lists {
  const element = document.getElementById('lists')!
  let all: ReadonlyMap<number, List> = new Map()
  let shown: ListsShown | undefined
  let look: Look | undefined
  let isRead = false
  let reading = Promise.resolve()
  element.hidden = !ofBrowser.get(place)
  document.getElementById('new-list')!.addEventListener('click', make)
  const lists = { all: () => all, isRead: () => isRead, start, read, update, make }
  return lists

  async function start() {
    const kept = await storage.get<readonly List[]>(place).catch(() => undefined)
    if (kept && !isRead) take(kept)
  }

  /** One after the other: nothing old replaces newer. */
  function read() {
    reading = reading.then(readOnce)
    return reading
  }

  async function readOnce() {
    isRead = false
    try {
      const response = await send('api/lists', { signal: AbortSignal.timeout(patienceMs) })
      if (!response.ok) return
      const those: readonly List[] = await response.json()
      isRead = true
      take(those)
      await storage.set(place, those)
    } catch {
      // The known lists stay until the server is reached again.
    }
  }

  function take(those: readonly List[]) {
    // The server calls the first list so until it is renamed.
    const nameOf = ({ id, name }: List) => (id === 1 && name === 'Tasks' ? t.tasks : name)
    all = new Map(those.map((list) => [list.id, { ...list, name: nameOf(list) }]))
    element.hidden = all.size < 2
    ofBrowser.set(place, element.hidden ? '' : 'several')
    changed()
  }

  function update(next: Look) {
    look = next
    if (shown) shown.update(look)
    else if (all.size > 1 || look.list) void load().catch(() => {})
  }

  function make() {
    load().then(
      () => shown!.make(),
      () => toast.show(t.noFiles),
    )
  }

  async function load() {
    const { showLists } = await dialogs()
    shown ??= showLists({ element, lists, send, toast, t })
    if (look) shown.update(look)
  }
}
