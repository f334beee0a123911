/** Unsaved input: stored on every keystroke, and restored whatever happened to the tab. */
import type { List } from '../lists/load-lists.ts'
import type { Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import type { Content, Ref, Task } from './task.ts'

/** The text of a form, field by field, and the caret position. */
export interface Written {
  readonly texts: Readonly<Record<string, string>>
  readonly focus?: { readonly field: string; readonly from: number; readonly to: number }
}

export interface Draft extends Written {
  readonly key: string
  readonly tab: string
  readonly order: number
  /** Of the editor of a task: what the task was when it was opened. */
  readonly task?: Task
  readonly base?: Content
  /** Of the dialog of a list: what the list was when it was opened; a new one has the id 0. */
  readonly list?: List
}

export interface Drafts {
  /** Takes over the drafts of closed tabs: this tab's from before a reload first, then the newest first. */
  start(): Promise<readonly Draft[]>
  /** Stores it under its key or a new one, and returns the key; undefined deletes what is stored under the key. */
  keep(draft: Omit<Draft, 'key' | 'tab' | 'order'> | undefined, key?: string): string | undefined
  /** Whether something is being written here. */
  readonly size: number
  named(from: Ref, to: number): void
}

/** `changed`: called when their number changes while the browser stores none. */
export function createDrafts(storage: Storage, tab: Tab, changed: () => void): Drafts {
  const drafts = new Map<string, Draft>()

  return {
    async start() {
      const others = await tab.others()
      const left = (await storage.all<Draft>('drafts'))
        .filter(({ key, tab: of }) => !drafts.has(key) && !others.has(of))
        .sort((a, b) => Number(b.tab === tab.former) - Number(a.tab === tab.former) || b.order - a.order)
      return left
    },
    keep(draft, known) {
      if (!draft) return drop(known)
      const key = known ?? newKey()
      const kept = { ...draft, key, tab: tab.name, order: Date.now() }
      const isNew = !drafts.has(key)
      drafts.set(key, kept)
      storage.put('drafts', [kept])
      if (isNew && !storage.isLasting()) changed()
      return key
    },
    get size() {
      return drafts.size
    },
    named(from, to) {
      for (const draft of drafts.values())
        if (draft.task?.ref === from) this.keep({ ...draft, task: { ...draft.task, ref: to } }, draft.key)
    },
  }

  function drop(key: string | undefined): undefined {
    if (key === undefined) return
    if (drafts.delete(key) && !storage.isLasting()) changed()
    storage.remove('drafts', [key])
  }
}
