/** The elements of the list: rows and headings, which are reused, and spacers for those not rendered. */

import type { Ref, Task } from '../tasks/task.ts'
import { arrange } from './arrange.ts'
import type { Entry } from './entries.ts'
import { createHeading, type Heading } from './heading.ts'
import type { Heights } from './heights.ts'
import { type Actions, createRow, type Row } from './row.ts'
import type { Drawn } from './view.ts'

export interface Elements {
  readonly rows: ReadonlyMap<Ref, Row>
  /** Renders the entries at these ascending indexes. */
  draw(drawn: Drawn, entries: readonly Entry[], indexes: readonly number[]): void
  /** The index of the entry with this element. */
  keyOf(element: Element): Ref | undefined
}

export interface ElementOptions {
  readonly actions: Actions & { fold(key: string): void }
  readonly heights: Heights
}

export function createElements(list: HTMLElement, { actions, heights }: ElementOptions): Elements {
  const rows = new Map<Ref, Row>()
  const headings = new Map<Ref, Heading>()
  const spacers: HTMLElement[] = []

  return {
    rows,
    draw(drawn, entries, indexes) {
      const wanted: HTMLElement[] = []
      const staying = new Set<Ref>()
      let spaced = 0
      let at = 0
      for (const index of indexes) {
        space(at, index)
        const entry = entries[index]!
        const element = entry.task ? rowOf(entry, entry.task, drawn) : headingOf(entry)
        heights.place(element, index)
        wanted.push(element)
        staying.add(entry.key)
        at = index + 1
      }
      space(at, entries.length)
      for (const shown of [rows, headings])
        for (const [key, { element }] of shown)
          if (!staying.has(key)) {
            shown.delete(key)
            heights.forget(element)
            element.remove()
          }
      for (const spacer of spacers.splice(spaced)) spacer.remove()
      arrange(list, wanted)

      function space(from: number, to: number) {
        if (from >= to) return
        const spacer = spacers[spaced] ?? addSpacer()
        spaced++
        spacer.style.blockSize = `${heights.sum(from, to)}px`
        wanted.push(spacer)
      }
    },
    keyOf: (element) => [...rows, ...headings].find(([, shown]) => shown.element === element)?.[0],
  }

  function rowOf({ key, group, place }: Entry, task: Task, drawn: Drawn): HTMLElement {
    const row = rows.get(key) ?? added(rows, key, createRow(actions))
    const { gone, held, today, tasks, lists } = drawn
    row.update({
      task,
      gone: gone.has(task.ref),
      held: held.get(task.ref),
      today,
      day: group.day,
      saysOverdue: group.key === 'overdue',
      place,
      total: tasks.length,
      list: lists && (lists.get(task.list) ?? lists.get(1)),
    })
    return row.element
  }

  function headingOf({ key, group }: Entry): HTMLElement {
    const heading =
      headings.get(key) ??
      added(
        headings,
        key,
        createHeading(group, () => actions.fold(group.key)),
      )
    heading.update(group)
    return heading.element
  }

  function added<T extends Row | Heading>(to: Map<Ref, T>, key: Ref, shown: T): T {
    to.set(key, shown)
    heights.watch(shown.element, key)
    return shown
  }

  function addSpacer(): HTMLElement {
    const spacer = document.createElement('li')
    spacer.className = 'spacer'
    spacer.setAttribute('aria-hidden', 'true')
    spacers.push(spacer)
    return spacer
  }
}
