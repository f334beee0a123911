/** The user's commands: each is performed, announced, and can be undone. */

import { dateOf } from '../dates/dates.ts'
import { formatDue } from '../dates/due.ts'
import type { ListView } from '../list/list.ts'
import type { Look } from '../list/view.ts'
import { announce } from '../shell/announce.ts'
import type { Toast } from '../shell/toast.ts'
import { locale, t } from '../words/words.ts'
import type { Draft } from './drafts.ts'
import { type Act, createHistory, type ListAct, type Told, type Turned } from './history.ts'
import type { Storage } from './storage.ts'
import type { Tab } from './tab.ts'
import type { Content, Ref, Task } from './task.ts'
import type { Tasks } from './tasks.ts'

export interface Commands {
  start(): Promise<void>
  add(contents: readonly Content[]): void
  toggle(task: Task, done: boolean): void
  edit(task: Task, wanted: Partial<Content>, base: Content): void
  remove(task: Task): void
  /** In a view grouped by day, moving a task also changes its day. */
  move(task: Task, before: Ref | null, day?: string): void
  /** Changes its due date; '' removes it. */
  date(task: Task, day: string): void
  /** Moves it to the list of this name. */
  toList(task: Task, list: number, name: string): void
  /** Completes all tasks shown, or reopens them if all are completed. */
  markShown(): void
  /** Deletes the completed tasks among those shown. */
  clearShown(): void
  /** `key` of the request. */
  imported(count: number, key: string): void
  /** A list was deleted: `words` say so. */
  listDeleted(id: number, words: string): void
  /** The draft of an editor is discarded. */
  discard(draft: Omit<Draft, 'key' | 'tab' | 'order'>): void
  undo(): void
  redo(): void
  named(from: Ref, to: number): void
}

export interface CommandOptions {
  readonly tasks: Tasks
  readonly storage: Storage
  readonly tab: Tab
  readonly toast: Toast
  /** Renders, and returns what is shown. */
  readonly draw: () => Look
  readonly list: () => Pick<ListView, 'show' | 'isInView' | 'flash'>
  /** Shows all tasks, without filters. */
  readonly showAll: () => void
  /** Opens an editor with its draft. */
  readonly reopen: (draft: Draft) => void
  readonly turn: (act: ListAct) => void
}

export function createCommands(options: CommandOptions): Commands {
  const { tasks, toast, draw, list, showAll, reopen, turn } = options
  const history = createHistory(options.storage, options.tab, perform)

  return {
    start: history.start,
    named: history.named,
    add(contents) {
      const { refs, back } = tasks.add(contents)
      const told: Told = { what: 'added', count: contents.length, title: contents[0]!.title }
      history.push(told, back)
      const look = draw()
      const [ref] = refs
      const isShown = look.tasks.some((task) => refs.includes(task.ref))
      announce(`${wordsOf(told)}. ${t.left(look.left)}`)
      for (const each of refs) list().flash(each)
      // The user may add more tasks: the view stays at the composer.
      if (contents.length > 1 && isShown) offerUndo(wordsOf(told))
      else if (isShown && list().isInView(ref!)) toast.hide()
      else
        toast.show(isShown ? t.addedAtEnd(told.title) : addedTo(told), {
          label: t.showIt,
          run() {
            if (!isShown) showAll()
            list().show(tasks.find(ref!)?.ref ?? ref!)
          },
        })
    },
    toggle(task, done) {
      did(
        { what: done ? 'completed' : 'reopened', count: 1, title: task.title },
        tasks.setDone([task.ref], done),
      )
    },
    edit(task, wanted, base) {
      const back = tasks.edit(task.ref, wanted, base)
      if (back.length > 0) did({ what: 'saved', count: 1, title: wanted.title ?? task.title }, back)
    },
    remove(task) {
      did({ what: 'deleted', count: 1, title: task.title }, tasks.remove([task.ref]))
    },
    date(task, day) {
      did(dated(task, day), tasks.edit(task.ref, { due: day }))
    },
    toList(task, list, name) {
      did({ what: 'listed', count: 1, title: `${task.title}: ${name}` }, tasks.edit(task.ref, { list }))
    },
    move(task, before, day = task.due) {
      if (day !== task.due)
        return did(dated(task, day), [...tasks.edit(task.ref, { due: day }), ...tasks.move(task.ref, before)])
      const back = tasks.move(task.ref, before)
      if (back.length === 0) return
      did({ what: 'moved', count: 1, title: task.title }, back, (look) =>
        t.moved(task.title, look.tasks.findIndex(({ ref }) => ref === task.ref) + 1, look.tasks.length),
      )
    },
    markShown() {
      const shown = draw().tasks
      const open = shown.filter(({ done }) => !done)
      const those = open.length > 0 ? open : shown
      const told = { count: those.length, title: those[0]?.title ?? '' }
      did(
        { what: open.length > 0 ? 'completed' : 'reopened', ...told },
        tasks.setDone(refsOf(those), open.length > 0),
      )
    },
    clearShown() {
      const done = draw().tasks.filter((task) => task.done)
      did({ what: 'cleared', count: done.length, title: '' }, tasks.remove(refsOf(done)))
    },
    imported(count, key) {
      did({ what: 'imported', count, title: '' }, [
        { kind: 'bulk', of: key, effect: { kind: 'remove', refs: [] } },
      ])
    },
    listDeleted(id, title) {
      did({ what: 'listed', count: 1, title }, [{ kind: 'list', id, isGone: true }])
    },
    discard(draft) {
      const kept = { ...draft, key: '', tab: '', order: 0 }
      did({ what: 'discarded', count: 1, title: draft.base!.title }, [{ kind: 'draft', draft: kept }])
    },
    undo: () => tell('undo', history.undo()),
    redo: () => tell('redo', history.redo()),
  }

  function did(told: Told, back: readonly Act[], words: (look: Look) => string = () => wordsOf(told)) {
    if (back.length === 0) return
    const { key } = history.push(told, back)
    const look = draw()
    if (told.what === 'moved' || told.what === 'dated' || told.what === 'listed')
      for (const touched of touchedBy(back)) list().flash(touched)
    announce(`${words(look)}. ${t.left(look.left)}`)
    offerUndo(wordsOf(told), key)
  }

  function offerUndo(words: string, key?: string) {
    toast.show(words, { label: t.undo, run: () => tell('undo', history.undo(key)) })
  }

  function tell(way: 'undo' | 'redo', turned: Turned | undefined) {
    if (!turned) return
    const { step, happened } = turned
    const look = draw()
    // The draft is restored to its editor.
    if (step.told.what === 'discarded') return toast.hide()
    const told = wordsOf(step.told)
    const words = !happened ? t.tooLate : way === 'redo' ? t.redone(told) : undoneWords(step.told)
    const other = way === 'undo' ? 'redo' : 'undo'
    const action = { label: t[other], run: () => tell(other, history[other](step.key)) }
    toast.show(words, happened ? action : undefined)
    announce(`${words}. ${t.left(look.left)}`)
    const first = touchedBy(step.acts).find((ref) => look.tasks.some((task) => task.ref === ref))
    if (first !== undefined) list().show(first)
  }

  function perform(acts: readonly Act[]): Act[] {
    for (const act of acts)
      if (act.kind === 'draft') reopen(act.draft)
      else if (act.kind === 'list') turn(act)
    return tasks.perform(acts)
  }
}

function addedTo({ count, title }: Told): string {
  return count === 1 ? t.addedTo(title) : t.addedManyTo(count)
}

function wordsOf({ what, count, title }: Told): string {
  switch (what) {
    case 'added':
      return count === 1 ? t.added(title) : t.addedMany(count)
    case 'saved':
      return t.saved(title)
    case 'completed':
    case 'reopened':
      return count === 1 ? t.toggled(title, what === 'completed') : t.toggledMany(count, what === 'completed')
    case 'deleted':
      return count === 1 ? t.deleted(title) : t.deletedMany(count)
    case 'cleared':
      return t.cleared(count)
    case 'moved':
      return t.movedOne(title)
    case 'dated':
    case 'listed':
      return title
    case 'imported':
      return t.imported(count)
    case 'discarded':
      return t.discarded(title)
  }
}

function dated({ title }: Task, day: string): Told {
  const text = day === '' ? t.noDate : formatDue(day, locale, dateOf(new Date())).text
  return { what: 'dated', count: 1, title: `${title}: ${text}` }
}

function undoneWords(told: Told): string {
  return told.what === 'deleted' || told.what === 'cleared' ? t.restored(told.count) : t.undone(wordsOf(told))
}

/** The tasks that still exist after these acts. */
function touchedBy(acts: readonly Act[]): Ref[] {
  return acts.flatMap((act) => {
    if (act.kind === 'restore') return act.task.ref
    return 'ref' in act ? act.ref : []
  })
}

function refsOf(those: readonly Task[]): Ref[] {
  return those.map(({ ref }) => ref)
}
