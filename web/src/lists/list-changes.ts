/** Changes to lists. Unlike changes to tasks, they need the server. */

import { newKey } from '../tasks/tab.ts'
import { l } from '../words/words-later.ts'
import type { List } from './load-lists.ts'

export interface ListChanges {
  /** Returns its id. All reject with a message for the user, and resolve once the lists have been reloaded. */
  make(name: string, color: string): Promise<number>
  /** The conflicting version if the same members were changed elsewhere since `before`; then nothing is sent. */
  edit(before: List, wanted: { name: string; color: string }): Promise<List | undefined>
  remove(id: number): Promise<void>
  restore(id: number): Promise<void>
  move(id: number, before: number | null): Promise<void>
}

/** `named`: a list with its displayed name. */
export function createListChanges(
  send: typeof fetch,
  read: () => Promise<void>,
  named: (list: List) => List,
): ListChanges {
  /** Retrying a request without a response creates the list only once. */
  let last = { wanted: '', key: '' }

  return {
    async make(name, color) {
      const wanted = JSON.stringify({ name, ...(color && { color }) })
      if (last.wanted !== wanted) last = { wanted, key: newKey() }
      const response = await ask('POST', '', wanted, { 'Idempotency-Key': last.key })
      const { id }: List = await response.json()
      last = { wanted: '', key: '' }
      await read()
      return id
    },
    async edit(before, wanted) {
      const path = `/${before.id}`
      const was = membersOf(before)
      const changed = (['name', 'color'] as const).filter((member) => wanted[member] !== was[member])
      for (let tries = 3; tries > 0; tries--) {
        const response = await ask('GET', path)
        const now = named(await response.json())
        const is = membersOf(now)
        if (changed.some((member) => is[member] !== was[member] && is[member] !== wanted[member])) return now
        const change = Object.fromEntries(changed.map((member) => [member, wanted[member] || null]))
        const headers = { 'If-Match': response.headers.get('ETag') ?? '*' }
        const { status } = await ask('PATCH', path, JSON.stringify(change), headers)
        if (status === 412) continue
        await read()
        return undefined
      }
      throw new Error(l.changedElsewhere)
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

  async function ask(method: string, path: string, body?: string, headers = {}): Promise<Response> {
    const response = await send(`api/lists${path}`, {
      method,
      headers: {
        ...(method !== 'GET' && { 'Idempotency-Key': newKey() }),
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body && { body }),
    }).catch(() => {
      throw new Error(l.listsNeedServer)
    })
    if (response.ok || response.status === 412) return response
    const { errors, detail } = await response.json().catch(() => ({}))
    throw new Error(String(errors?.[0]?.detail ?? detail ?? l.listsNeedServer))
  }
}

function membersOf({ name, color = '' }: List) {
  return { name, color }
}
