import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { ask, docker, healthy, until } from '../containers/engine.ts'
import { openReplicas } from '../containers/replicas.ts'
import { client, listAll } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'

export interface ReplicaFigures {
  readonly replicas: number
  readonly acknowledged: number
  /** Requests that are not retried: all, and those that failed. */
  readonly asked: number
  readonly failed: number
  readonly repeated: number
  /** The most milliseconds from the response to a write until every tab had it, while nothing was broken. */
  readonly tabsMs: number
}

const writers = 8
const tabs = 4

/**
 * Replicas in containers behind nginx, writers that retry unacknowledged writes with the same key, readers that do not
 * retry, and tabs that follow the events, while each fault happens in turn. At the end every acknowledged write is there
 * once, and every tab shows exactly that.
 */
export async function breakReplicas(
  replicas: number,
  say: (text: string) => void = () => {},
): Promise<ReplicaFigures> {
  const project = await openReplicas(replicas)
  const { backends, database, compose, origin, name } = project
  try {
    await compose('up', '--detach', '--wait', '--scale', `backend=${replicas}`)
    const load = startLoad(origin)
    const shown = Array.from({ length: tabs }, () => openTab(origin))
    let tabsMs = 0
    const inStep = async () => {
      const title = await load.write('all tabs show this')
      const since = performance.now()
      await until('all tabs show it', () => shown.every(({ titles }) => [...titles.values()].includes(title)))
      tabsMs = Math.max(tabsMs, performance.now() - since)
    }
    const victim = backends.at(-1)!
    const network = `${name}_database`
    const sql = 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()'
    const faults: readonly [string, () => Promise<unknown>][] = [
      ['a backend is killed', () => docker(['kill', victim])],
      ['it is back', () => docker(['start', victim]).then(() => healthy(victim))],
      ['PostgreSQL is killed', () => docker(['kill', database])],
      ['it is back', () => docker(['start', database]).then(() => healthy(database))],
      [
        'connections are ended',
        () =>
          docker([
            'exec',
            database,
            'sh',
            '-c',
            `PGPASSWORD=$POSTGRES_PASSWORD psql -h 127.0.0.1 -c '${sql}'`,
          ]),
      ],
      ['a backend is cut off', () => docker(['network', 'disconnect', network, victim])],
      ['it is connected', () => docker(['network', 'connect', network, victim])],
    ]
    await load.more()
    await inStep()
    for (const [what, happens] of faults) {
      await happens()
      await (what === 'PostgreSQL is killed' ? load.refused() : load.more())
      say(`${what}: ${JSON.stringify(load.counts)}`)
      if (what.startsWith('it is') || what === 'connections are ended') {
        await until('twenty answers in a row are good', () => load.sound())
        await inStep()
      }
    }
    const acknowledged = await load.stop()
    await until('all tabs show the same', () =>
      shown.every(({ titles }) => titles.size === acknowledged.length),
    )
    const found = new Map((await listAll(client(`${origin}/api`))).map(({ id, title }) => [id, title]))
    assert.deepEqual([...found.values()].sort(), acknowledged.sort())
    for (const { titles, close } of shown) {
      assert.deepEqual([...titles].sort(), [...found].sort())
      close()
    }
    const { asked, failed, repeated } = load.counts
    return { replicas, acknowledged: acknowledged.length, asked, failed, repeated, tabsMs: Math.ceil(tabsMs) }
  } finally {
    await project.remove()
  }
}

function startLoad(origin: string) {
  const acknowledged: string[] = []
  const counts = { asked: 0, failed: 0, repeated: 0 }
  let running = true
  let good = 0
  let number = 0

  async function write(text: string): Promise<string> {
    const title = `${text} ${++number}`
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': title.replaceAll(' ', '-') }
    for (;;) {
      const answer = await ask(origin, '/api/tasks', {
        method: 'POST',
        headers,
        body: JSON.stringify({ title }),
      }).catch(() => undefined)
      if (answer?.status === 201) break
      // From nginx without an upstream, or from ours.
      assert.ok(answer === undefined || [502, 503, 504].includes(answer.status), answer?.text ?? '')
      counts.repeated++
      await wait(20)
    }
    acknowledged.push(title)
    return title
  }

  const writing = Array.from({ length: writers }, async (_, writer) => {
    while (running) {
      await write(`task of ${writer}`)
      counts.asked++
      const answer = await ask(origin, '/api/tasks?limit=5').catch(() => undefined)
      if (answer?.status === 200) good++
      else counts.failed++
      if (answer?.status !== 200) good = 0
    }
  })
  const all = Promise.all(writing)
  // `stop` rethrows it, so that the containers are removed first.
  all.catch(() => {})
  return {
    counts,
    write,
    sound: () => good >= 20,
    async more() {
      const goal = acknowledged.length + 200
      await until('200 more are acknowledged', () => acknowledged.length >= goal)
    },
    async refused() {
      const goal = counts.repeated + writers
      await until('all have been refused', () => counts.repeated >= goal)
    },
    async stop() {
      running = false
      await all
      return acknowledged
    },
  }
}

/** A browser's state: the list, updated by events. It reconnects with the last event id. */
function openTab(origin: string) {
  const titles = new Map<number, string>()
  let id = ''
  let open = true

  void (async () => {
    while (open) {
      try {
        await using events = await listen(`${origin}/api/events`, id === '' ? {} : { 'Last-Event-ID': id })
        if (!events.response.ok) throw new Error(`${events.response.status}`)
        if (id === '') await read()
        for (;;) {
          const { event, data } = await events.next()
          if (event === 'reset') await read()
          else if (event === 'created') {
            const task: { id: number; title: string } = JSON.parse(data)
            titles.set(task.id, task.title)
          }
          id = events.lastId()
        }
      } catch {
        await wait(100)
      }
    }
  })()
  return {
    titles,
    close() {
      open = false
    },
  }

  async function read() {
    const tasks = await listAll(client(`${origin}/api`))
    titles.clear()
    for (const task of tasks) titles.set(task.id, task.title)
  }
}
