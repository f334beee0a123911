/** The list as the user sees it: the server's list with all unacknowledged changes applied. */
import type { Answer, Api } from './api.ts'
import { apply, type Change, merged } from './changes.ts'
import { type Effect, effectRefs, inverseOf, oneByOne, partsOf } from './effects.ts'
import { createHeld } from './held.ts'
import type { Act } from './history.ts'
import { createMirror } from './mirror.ts'
import { createNames } from './names.ts'
import { createOutbox } from './outbox.ts'
import type { KeptList, Storage } from './storage.ts'
import { newKey, type Tab } from './tab.ts'
import { type Content, contentNames, membersOf, pick, type Ref, type Task, type TaskList } from './task.ts'

export interface View {
  readonly tasks: readonly Task[]
  /** The unacknowledged changes, in order. */
  readonly changes: readonly Change[]
  /** Whether a list is loaded: the server's, or the one stored at the last visit. */
  readonly loaded: boolean
  /** Whether the list is complete: the first page of a long list arrives earlier. */
  readonly whole: boolean
}

export type Happening =
  | { readonly kind: 'held'; readonly change: Change }
  | { readonly kind: 'gone'; readonly task: Task }
  /** A bulk change reached fewer tasks than intended: the others had been changed elsewhere. */
  | { readonly kind: 'partly'; readonly changed: number; readonly wanted: number }
  | { readonly kind: 'named'; readonly from: Ref; readonly to: number }

export interface Tasks {
  view(): View
  /** Reads the stored list, then the server's. */
  start(): Promise<void>
  /** Listens for changes while the page is visible, and lets the server sleep otherwise. */
  look(looking: boolean): void
  /** Retries pending requests at once. */
  hurry(): void
  /** Also finds a task by its temporary name. */
  find(ref: Ref): Task | undefined
  /** All of these return the act that undoes them. */
  add(contents: readonly Content[]): { refs: readonly Ref[]; back: readonly Act[] }
  /** `base`: the task as it was when the user began to change it. If the same was changed elsewhere, the user chooses. */
  edit(ref: Ref, wanted: Partial<Content>, base?: Content): readonly Act[]
  setDone(refs: readonly Ref[], done: boolean): readonly Act[]
  remove(refs: readonly Ref[]): readonly Act[]
  move(ref: Ref, before: Ref | null): readonly Act[]
  /** Restores a task that was deleted elsewhere. */
  restore(task: Task): void
  /** Performs the acts that still apply. */
  perform(acts: readonly Act[]): Act[]
  /** Resends a held change, overwriting the changes made elsewhere. */
  insist(change: Change): void
  /** Discards a held change. */
  giveUp(change: Change): void
  /** Stays the same for as long as the task is on the page. */
  keyOf(ref: Ref): Ref
  /** Keeps the list for the next visit. */
  keep(): Promise<void>
}

export interface TasksOptions {
  readonly api: Api
  readonly storage: Storage
  readonly tab: Tab
  readonly changed: () => void
  readonly happened: (what: Happening) => void
  /** The server can be reached again. */
  readonly reached: () => void
  /** The lists have changed, or may have. */
  readonly listsChanged: () => void
}

export function createTasks({
  api,
  storage,
  tab,
  changed: draw,
  happened,
  reached,
  listsChanged,
}: TasksOptions): Tasks {
  let view: View | undefined
  let list: TaskList | undefined
  const names = createNames()
  const mirror = createMirror({
    api,
    changed: heard,
    reached() {
      outbox.hurry()
      reached()
    },
    listsChanged,
  })
  const { turn, superseded } = mirror
  const outbox = createOutbox({ api, storage, tab, turn, acknowledged, superseded, given, changed })
  const held = createHeld({ outbox, edit, happened: (change) => happened({ kind: 'held', change }) })

  return {
    view: () => {
      view ??= {
        tasks: current().all(),
        changes: outbox.changes(),
        loaded: mirror.isLoaded(),
        whole: mirror.isWhole(),
      }
      return view
    },
    async start() {
      const kept = await storage.get<KeptList>('list').catch(() => undefined)
      if (kept) mirror.begin(kept)
      await outbox.adopt()
      changed()
      if (!kept) void mirror.load()
    },
    look(looking) {
      mirror.look(looking)
      if (looking) void outbox.adopt()
    },
    hurry() {
      mirror.hurry()
      outbox.hurry()
    },
    find: (ref) => current().get(names.refOf(ref)),
    add(contents) {
      const made = contents.map((content) => ({ kind: 'create' as const, ref: newKey(), content }))
      outbox.add(made)
      return { refs: made.map(({ ref }) => ref), back: made.map(({ ref }) => ({ kind: 'remove', ref })) }
    },
    edit,
    setDone(named, done) {
      if (named.length === 1) return edit(named[0]!, { done })
      const refs = named.map(names.refOf)
      const open = refs.filter((ref) => current().get(ref)?.done === !done)
      const time = done ? Date.now() : 0
      return bulk({ kind: 'mark', marks: open.map((ref) => [ref, time]) })
    },
    remove,
    move,
    restore(task) {
      outbox.add([{ kind: 'restore', ref: task.ref, seen: task, before: null }])
    },
    perform(acts) {
      // Pasted tasks are sent in one request.
      const refs = acts.flatMap((act) => (act.kind === 'remove' ? act.ref : []))
      return refs.length > 1 ? [...remove(refs)] : acts.flatMap(performOne)
    },
    insist: held.insist,
    giveUp: (change) => outbox.drop(change),
    keyOf: names.keyOf,
    async keep() {
      const kept = mirror.kept()
      if (kept) await storage.set('list', kept)
    },
  }

  // Rows know a task by its former name until they are drawn again, which waits while something is pressed.

  function edit(named: Ref, given: Partial<Content>, base?: Content): readonly Act[] {
    const ref = names.refOf(named)
    const seen = current().get(ref)
    // A repeating task has a date: removing it removes the rule, and undo restores both.
    const wanted = given.due === '' && seen?.repeat ? { ...given, repeat: '' } : given
    const [waiting] = held.of([ref])
    if (waiting) return held.again(waiting, wanted)
    if (!seen) {
      // It was deleted elsewhere: the edit is held until the user decides.
      if (base)
        held.hold({
          kind: 'edit',
          ref,
          wanted,
          seen: { ...base, ref, version: 0, completed: 0 },
          theirs: null,
        })
      return []
    }
    const still = merged({ wanted, seen: base ?? seen }, seen)
    if (!still) held.hold({ kind: 'edit', ref, wanted, seen: { ...seen, ...base }, theirs: seen })
    else if (Object.keys(still).length > 0) {
      outbox.add([{ kind: 'edit', ref, wanted: still, seen }])
      return [{ kind: 'edit', ref, from: still, to: membersOf(seen, still) }]
    }
    return []
  }

  function remove(named: readonly Ref[]): readonly Act[] {
    const refs = named.map(names.refOf)
    for (const waiting of held.of(refs)) outbox.drop(waiting)
    const places = current().placesOf(refs)
    if (places.length > 1) return bulk({ kind: 'remove', refs: places.map(({ task }) => task.ref) })
    outbox.add(places.map(({ task }) => ({ kind: 'remove', ref: task.ref })))
    return places.map((place) => ({ kind: 'restore', ...place }))
  }

  function move(named: Ref, namedNext: Ref | null): readonly Act[] {
    const ref = names.refOf(named)
    const before = namedNext === null ? null : names.refOf(namedNext)
    const stands = current().following(ref)
    if (ref === before || stands === before || !current().get(ref)) return []
    outbox.add([{ kind: 'move', ref, before }])
    return [{ kind: 'move', ref, before: stands }]
  }

  /** In as few requests as the server takes. What takes one back names none, and of an import the page knows none. */
  function bulk(effect: Effect, of?: string): readonly Act[] {
    const parts = of === undefined ? partsOf(effect) : [effect]
    return parts.map((part) => {
      const back = inverseOf(part, current())
      const [change] = outbox.add([{ kind: 'bulk', effect: part, ...(of !== undefined && { of }) }])
      return { kind: 'bulk', of: change!.key, effect: back }
    })
  }

  function performOne(act: Act): readonly Act[] {
    const list = current()
    switch (act.kind) {
      case 'edit': {
        const task = list.get(act.ref)
        const names = contentNames.filter((name) => name in act.to && task?.[name] === act.from[name])
        return names.length === 0 ? [] : edit(act.ref, pick(act.to, names))
      }
      case 'remove':
        return remove([act.ref])
      case 'restore':
        if (list.get(act.task.ref)) return []
        outbox.add([{ kind: 'restore', ref: act.task.ref, seen: act.task, before: act.before }])
        return [{ kind: 'remove', ref: act.task.ref }]
      case 'move':
        return move(act.ref, act.before)
      case 'bulk':
        return bulk(act.effect, act.of)
      case 'draft':
        return []
      case 'list':
        return [{ ...act, isGone: !act.isGone }]
    }
  }

  function changed() {
    view = undefined
    list = undefined
    draw()
  }

  function current(): TaskList {
    if (list) return list
    const changes = outbox.changes()
    const server = mirror.list()
    if (changes.length === 0) return server
    list = server.copy()
    for (const each of changes) apply(list, each)
    return list
  }

  function heard() {
    held.follow(mirror.list(), mirror.isWhole())
    changed()
  }

  function acknowledged(change: Change, answer: Answer, again: boolean) {
    if (change.kind === 'create' && typeof answer === 'object') name(change.ref, answer.ref as number)
    if (change.kind === 'bulk' && change.of !== undefined && typeof answer === 'number') {
      const wanted = effectRefs(change.effect).length
      if (answer < wanted) happened({ kind: 'partly', changed: answer, wanted })
    }
    mirror.acknowledged(change, answer, again)
  }

  function name(from: Ref, to: number) {
    names.given(from, to)
    happened({ kind: 'named', from, to })
  }

  function given(change: Change, why: 'held' | 'gone' | 'expired') {
    if (why === 'expired' && change.kind === 'bulk') oneByOne(change.effect).forEach(performOne)
    else if (why === 'held') happened({ kind: 'held', change })
    else if (change.kind === 'edit') happened({ kind: 'gone', task: change.seen })
  }
}
