import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createApi } from '../../web/src/tasks/api.ts'
import { isHeld } from '../../web/src/tasks/changes.ts'
import type { Act } from '../../web/src/tasks/history.ts'
import { memoryStorage, type Storage } from '../../web/src/tasks/storage.ts'
import type { Ref } from '../../web/src/tasks/task.ts'
import { createTasks, type Tasks } from '../../web/src/tasks/tasks.ts'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { listen } from '../helpers/events.ts'
import { type Random, randomFrom } from '../helpers/random.ts'
import { patience } from '../helpers/until.ts'

const seeds = process.env['SEEDS']?.split(',').map(Number) ?? [1, 2, 3, 4, 5, 6]
const content = { title: '', done: false, notes: '', due: '', repeat: '', list: 1 }

describe('Several clients of one server', () => {
  for (const seed of seeds)
    test(`that change things offline and come back in any order end in the same list (seed ${seed})`, async () => {
      await using app = await startApp()
      await using heard = await listen(`${app.url}/events`)
      const random = randomFrom(seed)
      const post = (path: string, body?: object) =>
        fetch(app.url + path, {
          method: 'POST',
          ...(body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
        })
      for (const name of ['Groceries', 'Work']) await post('/lists', { name })
      const clients = [0, 1, 2].map((number) => clientOf(app, random, number))
      await Promise.all(clients.map((client) => client.start()))
      for (let step = 0; step < 120; step++) {
        const client = random.pick(clients)
        // Somebody deletes a list with its tasks, or brings it back.
        if (random.once(15)) await fetch(`${app.url}/lists/3`, { method: 'DELETE' })
        else if (random.once(10)) await post('/lists/3/restore')
        else if (random.once(7))
          await client.switchNetwork(random.pick<Network>(['on', 'off', 'loses answers']))
        else if (random.once(20)) await client.reopen()
        else client.act(random)
        if (random.once(3)) await turnOfEvents()
      }
      for (const client of random.once(2) ? clients : clients.toReversed()) await client.switchNetwork('on')
      await until(() => clients.every((client) => client.isAtRest(random)))

      const list = (await (await fetch(`${app.url}/tasks?view=full`)).json()) as {
        id: number
        title: string
      }[]
      await until(() => clients.every((client) => client.shows(list)))
      for (const client of clients) client.close()
      await app.stop()
      const events = await heard.rest()
      const made = events.filter(({ event }) => event === 'created').map(({ data }) => JSON.parse(data).title)
      const wrote = events
        .filter(({ event }) => event === 'changed')
        .map(({ data }) => JSON.parse(data).notes)
      for (const client of clients) {
        for (const title of client.added)
          assert.equal(made.filter((other) => other === title).length, 1, `${title} is created once`)
        for (const notes of client.acknowledged)
          if (typeof notes === 'string')
            assert.equal(new Set(wrote.filter((other) => other === notes)).size, 1, `${notes} was written`)
      }
      assert.ok(clients.some(({ added }) => added.length > 5))
      assert.equal(new Set(list.map(({ title }) => title)).size, list.length)
    })

  for (const seed of seeds)
    test(`that complete and reopen what repeats end in the same list, in which no task has two next ones (seed ${seed})`, async () => {
      await using app = await startApp()
      for (const title of ['Bins', 'Plants', 'Rent'])
        await fetch(`${app.url}/tasks`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ title, due: '2026-11-27', repeat: 'FREQ=DAILY' }),
        })
      const random = randomFrom(seed)
      const clients = [0, 1, 2].map((number) => clientOf(app, random, number))
      await Promise.all(clients.map((client) => client.start()))
      for (let step = 0; step < 80; step++) {
        const client = random.pick(clients)
        if (random.once(5)) await client.switchNetwork(random.pick<Network>(['on', 'off', 'loses answers']))
        else if (random.once(20)) await client.reopen()
        else client.act(random, ['done', 'done', 'undo', 'mark'])
        if (random.once(3)) await turnOfEvents()
      }
      for (const client of clients) await client.switchNetwork('on')
      await until(() => clients.every((client) => client.isAtRest(random)))
      const list: { id: number; title: string; due: string }[] = await (
        await fetch(`${app.url}/tasks?view=full`)
      ).json()
      await until(() => clients.every((client) => client.shows(list)))
      for (const client of clients) client.close()
      // A second next of the same task would be due on the same day.
      assert.equal(new Set(list.map(({ title, due }) => `${title} ${due}`)).size, list.length)
    })
})

type Kind = 'done' | 'notes' | 'list' | 'remove' | 'undo' | 'move' | 'mark' | 'clear'
type Network = 'on' | 'off' | 'loses answers'

function clientOf(app: RunningApp, random: Random, number: number) {
  const storage: Storage = memoryStorage()
  const added: string[] = []
  const acknowledged: (string | undefined)[] = []
  let network: Network = 'on'
  let tabs = 0
  let count = 0
  let tasks: Tasks
  let close: () => void
  let hang = new AbortController()
  const backs: (readonly Act[])[] = []

  open()

  function open() {
    let closed = false
    close = () => {
      closed = true
    }
    const api = createApi(app.url, undefined, async (url, init) => {
      // To a closed tab nothing matters any more: it comes to its end.
      if (closed) return init!.method === 'GET' ? Response.json([]) : new Response(null, { status: 204 })
      if (network === 'off') throw new TypeError('offline')
      const response = await fetch(url, { ...init, signal: AbortSignal.any([hang.signal, init!.signal!]) })
      if (closed || (init!.method !== 'GET' && network === 'loses answers' && random.once(2)))
        throw new TypeError('cut off')
      if (init!.method === 'PATCH' && response.ok) acknowledged.push(JSON.parse(String(init!.body)).notes)
      return response
    })
    const tab = { name: `${number}-${++tabs}`, former: undefined, others: async () => new Set<string>() }
    const own: Storage = {
      ...storage,
      put(store, items) {
        if (!closed) storage.put(store, items)
      },
      remove(store, keys) {
        if (!closed) storage.remove(store, keys)
      },
    }
    tasks = createTasks({
      api,
      storage: own,
      tab,
      changed() {},
      happened() {},
      listsChanged() {},
      reached() {},
    })
  }

  return {
    added,
    acknowledged,
    async start() {
      await tasks.start()
      tasks.look(true)
    },
    /** As a tab that is closed and opened again. */
    async reopen() {
      await tasks.keep()
      tasks.look(false)
      close()
      tasks.look(false)
      tasks.hurry()
      open()
      await this.start()
    },
    async switchNetwork(to: Network) {
      network = to
      if (to === 'off') {
        hang.abort()
        hang = new AbortController()
      } else tasks.hurry()
    },
    act(by: Random, kinds?: readonly Kind[]) {
      const { tasks: all, changes } = tasks.view()
      const refs: (Ref | null)[] = all.map(({ ref }) => ref)
      const held = changes.find(isHeld)
      if (held && by.once(2)) return by.once(2) ? tasks.insist(held) : tasks.giveUp(held)
      if (!kinds && (refs.length < 3 || by.once(4))) {
        const title = `${number}.${++count}`
        added.push(title)
        return void tasks.add([{ ...content, title }])
      }
      const ref = by.pick(refs)!
      const some = () => (refs as Ref[]).filter(() => by.once(2))
      const what = by.pick<Kind>(
        kinds ?? [
          ...(['done', 'notes', 'notes', 'list', 'list', 'remove', 'undo', 'undo', 'move'] as const),
          ...(['move', 'mark', 'clear'] as const),
        ],
      )
      const did = (back: readonly Act[]) => back.length > 0 && backs.push(back)
      if (what === 'done') did(tasks.setDone([ref], by.once(2)))
      if (what === 'notes') did(tasks.edit(ref, { notes: `note ${number}.${++count}` }))
      if (what === 'list') did(tasks.edit(ref, { list: by.pick([1, 2, 3]) }))
      if (what === 'remove') did(tasks.remove([ref]))
      if (what === 'mark') did(tasks.setDone(some(), by.once(2)))
      if (what === 'clear' && by.once(3)) did(tasks.remove(some()))
      if (what === 'undo') did(tasks.perform((backs.pop() ?? []).toReversed()))
      if (what === 'move') did(tasks.move(ref, by.pick([...refs, null])))
    },
    isAtRest(by: Random) {
      tasks.hurry()
      const held = tasks.view().changes.find(isHeld)
      if (held) by.once(2) ? tasks.insist(held) : tasks.giveUp(held)
      return tasks.view().changes.length === 0
    },
    close() {
      close()
      hang.abort()
      tasks.look(false)
    },
    shows(all: readonly { id: number; title: string; done?: boolean; notes?: string; list?: number }[]) {
      const mine = tasks
        .view()
        .tasks.map(({ ref, title, done, notes, list }) => [ref, title, done, notes, list])
      const theirs = all.map(({ id, title, done, notes = '', list = 1 }) => [id, title, done, notes, list])
      return JSON.stringify(mine) === JSON.stringify(theirs)
    },
  }
}

async function until(condition: () => boolean) {
  const giveUp = AbortSignal.timeout(patience.waitMs)
  while (!condition()) {
    giveUp.throwIfAborted()
    await turnOfEvents()
  }
}

function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2))
}
