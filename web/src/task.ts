/** A task as the page holds it, and a list of them in the user's order. */

/** The id of a task, or the name of one whose creation was not answered yet. */
export type Ref = number | string

/** What a user can change. Notes and due date are '' where there are none. */
export interface Content {
  readonly title: string
  readonly done: boolean
  readonly notes: string
  /** `2026-12-24`. */
  readonly due: string
}

export interface Task extends Content {
  readonly ref: Ref
  /** Of the server; 0 before there is one. */
  readonly version: number
  /** Milliseconds since 1970; 0 while it is open. */
  readonly completed: number
}

/** A task as the server tells it; the times only in full views and events. */
export interface TaskJson {
  readonly id: number
  readonly title: string
  readonly done: boolean
  readonly notes?: string
  readonly due?: string
  readonly updated?: string
  readonly completed?: string
}

export function taskOf(json: TaskJson, version = Date.parse(json.updated ?? '') || 0): Task {
  const { id, title, done, notes = '', due = '' } = json
  const completed = done ? Date.parse(json.completed ?? '') || version : 0
  return { ref: id, title, done, notes, due, version, completed }
}

/** Remembers the place of what is removed, so that what comes back stands where it stood. */
export class TaskList {
  readonly #tasks: Map<Ref, Task>
  readonly #order: Ref[]

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

  /** Replaces the task, or adds it: where it once stood, or before another, or at the end. */
  put(task: Task, before: Ref | null = null) {
    if (!this.#tasks.has(task.ref) && !this.#order.includes(task.ref)) {
      const at = before === null ? -1 : this.#order.indexOf(before)
      this.#order.splice(at === -1 ? this.#order.length : at, 0, task.ref)
    }
    this.#tasks.set(task.ref, task)
  }

  remove(ref: Ref) {
    this.#tasks.delete(ref)
  }

  /** Returns whether it does not stand there already. */
  move(ref: Ref, before: Ref | null): boolean {
    const from = this.#order.indexOf(ref)
    if (ref === before || from === -1 || (this.#tasks.has(ref) && this.following(ref) === before))
      return false
    this.#order.splice(from, 1)
    const to = before === null ? -1 : this.#order.indexOf(before)
    this.#order.splice(to === -1 ? this.#order.length : to, 0, ref)
    return true
  }

  /** The one that comes after it; null for the last. */
  following(ref: Ref): Ref | null {
    for (let at = this.#order.indexOf(ref) + 1; at < this.#order.length; at++)
      if (this.#tasks.has(this.#order[at]!)) return this.#order[at]!
    return null
  }
}
