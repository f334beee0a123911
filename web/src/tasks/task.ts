/** The page's representation of a task, and a list of tasks in the user's order. */

/** The id of a task, or the temporary name of one whose creation is unacknowledged. */
export type Ref = number | string

/** The members that a user can change. Notes, due date and rule are '' if there are none. */
export interface Content {
  readonly title: string
  readonly done: boolean
  readonly notes: string
  /** `2026-12-24`. */
  readonly due: string
  /** A rule such as `FREQ=WEEKLY;BYDAY=FR`. */
  readonly repeat: string
  /** The id of its list; the first is 1. */
  readonly list: number
}

/** Default values. */
export const blank: Content = { title: '', done: false, notes: '', due: '', repeat: '', list: 1 }
export const contentNames = Object.keys(blank) as readonly (keyof Content)[]

export interface Task extends Content {
  readonly ref: Ref
  /** The server's version; 0 before there is one. */
  readonly version: number
  /** Milliseconds since 1970; 0 while it is open. */
  readonly completed: number
  /** Milliseconds since 1970; undefined until the server sends it. */
  readonly created?: number
}

/** The server's representation of a task; times are only in full views and events. */
export interface TaskJson {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string
  readonly due?: string
  readonly repeat?: string
  readonly list?: number
  readonly created?: string
  readonly updated?: string
  readonly completed?: string
}

export function taskOf(json: TaskJson, version = Date.parse(json.updated ?? '') || 0): Task {
  const { done } = json
  const created = Date.parse(json.created ?? '')
  return {
    ref: json.id,
    title: json.title,
    done,
    notes: json.notes ?? blank.notes,
    due: json.due ?? blank.due,
    repeat: json.repeat ?? blank.repeat,
    list: json.list ?? blank.list,
    version,
    completed: done ? Date.parse(json.completed ?? '') || version : 0,
    ...(created > 0 && { created }),
  }
}

/** Remembers the places of removed tasks, so that a restored one returns to its place. */
export class TaskList {
  readonly #tasks: Map<Ref, Task>
  #order: Ref[]
  #placed: Set<Ref> | undefined

  constructor(tasks: Iterable<Task> = [], order?: Ref[]) {
    this.#tasks = new Map(Array.from(tasks, (task) => [task.ref, task]))
    this.#order = order ?? [...this.#tasks.keys()]
  }

  copy(): TaskList {
    return new TaskList(this.#tasks.values(), [...this.#order])
  }

  get(ref: Ref): Task | undefined {
    return this.#tasks.get(ref)
  }

  all(): Task[] {
    return this.#order.flatMap((ref) => this.#tasks.get(ref) ?? [])
  }

  /** Replaces the task, or adds it: at its former place, before another task, or at the end. */
  put(task: Task, before: Ref | null = null) {
    if (!this.#tasks.has(task.ref) && !this.#hasPlace(task.ref)) {
      const at = before === null ? -1 : this.#order.indexOf(before)
      this.#order.splice(at === -1 ? this.#order.length : at, 0, task.ref)
      this.#placed!.add(task.ref)
    }
    this.#tasks.set(task.ref, task)
  }

  /** Like `put` for each, last to first, but in a single pass. */
  putAll(puts: readonly { readonly task: Task; readonly before: Ref | null }[]) {
    const ahead = new Map<Ref | null, Ref[]>()
    const anchors = new Map<Ref, Ref | null>()
    for (const { task, before } of puts.toReversed()) {
      if (!this.#hasPlace(task.ref)) {
        const known = before !== null && this.#hasPlace(before)
        const anchor = known ? before : before === null ? null : (anchors.get(before) ?? null)
        anchors.set(task.ref, anchor)
        const list = ahead.get(anchor)
        if (list) list.push(task.ref)
        else ahead.set(anchor, [task.ref])
      }
      this.#tasks.set(task.ref, task)
    }
    if (anchors.size === 0) return
    this.#order = [...this.#order, null].flatMap((ref) => [
      ...(ahead.get(ref)?.reverse() ?? []),
      ...(ref === null ? [] : [ref]),
    ])
    this.#placed = undefined
  }

  remove(ref: Ref) {
    this.#tasks.delete(ref)
  }

  /** Returns whether the task moved. */
  move(ref: Ref, before: Ref | null): boolean {
    const from = this.#order.indexOf(ref)
    if (ref === before || from === -1 || (this.#tasks.has(ref) && this.following(ref) === before))
      return false
    this.#order.splice(from, 1)
    const to = before === null ? -1 : this.#order.indexOf(before)
    this.#order.splice(to === -1 ? this.#order.length : to, 0, ref)
    return true
  }

  /** The next task; null for the last. */
  following(ref: Ref): Ref | null {
    for (let at = this.#order.indexOf(ref) + 1; at < this.#order.length; at++)
      if (this.#tasks.has(this.#order[at]!)) return this.#order[at]!
    return null
  }

  /** The existing tasks among `refs`, in order, each with its successor. */
  placesOf(refs: readonly Ref[]): { task: Task; before: Ref | null }[] {
    const wanted = new Set(refs)
    const places: { task: Task; before: Ref | null }[] = []
    let before: Ref | null = null
    for (const task of this.all().reverse()) {
      if (wanted.has(task.ref)) places.push({ task, before })
      before = task.ref
    }
    return places.reverse()
  }

  #hasPlace(ref: Ref): boolean {
    this.#placed ??= new Set(this.#order)
    return this.#placed.has(ref)
  }
}

export function membersOf(content: Content, names: Partial<Content>): Partial<Content> {
  return pick(
    content,
    contentNames.filter((name) => name in names),
  )
}

export function pick(content: Partial<Content>, names: readonly (keyof Content)[]): Partial<Content> {
  return Object.fromEntries(names.map((name) => [name, content[name]]))
}
