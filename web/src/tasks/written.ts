/** Restores drafts: in the composer at once, in editors as soon as their tasks are loaded. */
import type { Composer } from '../composer/composer.ts'
import type { ListView } from '../list/list.ts'
import type { View } from '../list/view.ts'
import type { Draft, Drafts, Written } from './drafts.ts'
import type { Tasks } from './tasks.ts'

export interface WrittenBefore {
  /** The composer's current draft. */
  keep(written: Written | undefined): void
  start(composer: Composer): Promise<void>
  /** Called when the tasks are loaded. */
  loaded(): void
  /** Opens an editor with its draft. */
  reopen(draft: Draft): void
}

export interface WrittenOptions {
  readonly drafts: Drafts
  readonly tasks: Tasks
  readonly view: View
  readonly list: () => ListView
  readonly draw: () => void
  readonly changed: () => void
  /** Opens a list's dialog with its draft. */
  readonly make: (draft: Draft) => void
}

export function createWritten({
  drafts,
  tasks,
  view,
  list,
  draw,
  changed,
  make,
}: WrittenOptions): WrittenBefore {
  let left: Draft[] = []
  /** The key of the composer's draft. */
  let composed: string | undefined

  return {
    keep(written) {
      composed = drafts.keep(written, composed)
    },
    async start(composer) {
      const all = await drafts.start()
      left = all.filter(({ task, list }) => task || list)
      const draft = all.find((other) => !left.includes(other))
      if (draft && composer.restore(draft)) composed = drafts.keep(draft, draft.key)
    },
    loaded() {
      const those = left
      left = []
      for (const draft of those.reverse()) (draft.task ? reopen : make)(draft)
    },
    reopen,
  }

  function reopen(draft: Draft) {
    const known = draft.task!
    const task = tasks.find(known.ref) ?? known
    view.pin(task)
    draw()
    list().edit(task.ref, draft)
    view.unpin(task.ref)
    changed()
  }
}
