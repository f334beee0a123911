/** The names of the lists, and the script that shows them, loaded once there are several. */

import type { Look } from '../list/view.ts'
import { dialogs } from '../load-later.ts'
import { ofBrowser } from '../shell/local.ts'
import type { Toast } from '../shell/toast.ts'
import type { Draft, Drafts } from '../tasks/drafts.ts'
import type { ListAct } from '../tasks/history.ts'
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
  /** Whether they are the server's current lists. */
  isRead(): boolean
  /** Reads the stored lists. */
  start(): Promise<void>
  /** Reads the server's lists. */
  read(): Promise<void>
  update(look: Look): void
  /** With its displayed name: until renamed, the first list has a localized name. */
  named(list: List): List
  /** Opens the dialog for a new list, or resumes its draft. */
  make(draft?: Draft): void
  turn(act: ListAct): void
}

export interface ListsOptions {
  readonly storage: Storage
  readonly drafts: Drafts
  readonly send: typeof fetch
  readonly toast: Toast
  readonly changed: () => void
  /** A list was deleted here. */
  readonly listDeleted: (id: number, words: string) => void
}

/** The storage key for whether there are several lists, whose space is reserved from the start. */
const place = 'lists'
const patienceMs = 60_000

export function createLists({ storage, drafts, send, toast, changed, listDeleted }: ListsOptions): Lists {
  const element = document.getElementById('lists')!
  let all: ReadonlyMap<number, List> = new Map()
  let shown: ListsShown | undefined
  let look: Look | undefined
  let isRead = false
  let reading = Promise.resolve()
  element.hidden = !ofBrowser.get(place)
  document.getElementById('new-list')!.addEventListener('click', () => lists.make())
  const lists: Lists = {
    all: () => all,
    isRead: () => isRead,
    start,
    read,
    update,
    named,
    make: (draft) => use((those) => those.make(draft)),
    turn: (act) => use((those) => those.turn(act)),
  }
  return lists

  async function start() {
    const kept = await storage.get<readonly List[]>(place).catch(() => undefined)
    if (kept && !isRead) take(kept)
  }

  /** Serialized, so that stale data never replaces newer. */
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
    all = new Map(those.map((list) => [list.id, named(list)]))
    element.hidden = all.size < 2
    ofBrowser.set(place, element.hidden ? '' : 'several')
    changed()
  }

  function named(list: List): List {
    return list.id === 1 && list.name === 'Tasks' ? { ...list, name: t.tasks } : list
  }

  function update(next: Look) {
    look = next
    if (shown) shown.update(look)
    else if (all.size > 1 || look.list) void load().catch(() => {})
  }

  function use(run: (those: ListsShown) => void) {
    load().then(
      () => run(shown!),
      () => toast.show(t.noFiles),
    )
  }

  async function load() {
    const { showLists } = await dialogs()
    shown ??= showLists({ element, lists, drafts, send, toast, listDeleted, t })
    if (look) shown.update(look)
  }
}
