/** Changes to lists. Unlike changes to tasks, they need the server. */

import { newKey } from '../tasks/tab.ts'
import { l } from '../words/words-later.ts'
import type { List } from './load-lists.ts'

export interface ListChanges {
  /** Its id. All reject with what went wrong, in words, and end once the change is read. */
  make(name: string, color: string): Promise<number>
  edit(id: number, wanted: { name: string; color: string }): Promise<void>
  remove(id: number): Promise<void>
  restore(id: number): Promise<void>
  move(id: number, before: number | null): Promise<void>
}

export function createListChanges(send: typeof fetch, read: () => Promise<void>): ListChanges {
  /** A list that is requested again, because no answer came, is created once. */
  let last = { wanted: '', key: '' }

  return {
    async make(name, color) {
      const wanted = JSON.stringify({ name, ...(color && { color }) })
      if (last.wanted !== wanted) last = { wanted, key: newKey() }
      const response = await ask('POST', '', wanted, last.key)
      const { id }: List = await response.json()
      last = { wanted: '', key: '' }
      await read()
      return id
    },
    async edit(id, { name, color }) {
      await ask('PATCH', `/${id}`, JSON.stringify({ name, color: color || null }))
      await read()
    },
    async remove(id) {
      await ask('DELETE', `/${id}`)
      await read()
    },
    async restore(id) {
      await ask('POST', `/${id}/restore`)
      await read()
    },
    async move(id, before) {
      await ask('POST', `/${id}/move`, JSON.stringify({ before }))
      await read()
    },
  }

  async function ask(method: string, path: string, body?: string, key = newKey()): Promise<Response> {
    const response = await send(`api/lists${path}`, {
      method,
      headers: { 'Idempotency-Key': key, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body }),
    }).catch(() => {
      throw new Error(l.listsNeedServer)
    })
    if (response.ok) return response
    const { errors, detail } = await response.json().catch(() => ({}))
    throw new Error(String(errors?.[0]?.detail ?? detail ?? l.listsNeedServer))
  }
}
