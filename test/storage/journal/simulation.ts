import type { Replica } from '../../../src/storage/journal/history.ts'
import type { openJournal } from '../../../src/storage/journal/journal.ts'
import { epochsIn } from '../../../src/storage/journal/names.ts'
import type { Share, ShareFile } from '../../../src/storage/journal/share.ts'
import { randomFrom } from '../../helpers/random.ts'

/**
 * Processes that run the protocol on a simulated share, under simulated time. Each operation takes time before and
 * after its effect, listings and contents are seen late, a process may be frozen or killed at any operation, and what
 * it had not synced is lost with it. The same seed gives the same schedule.
 */

/** How late a listing and a content may be seen; together below `limits.takeOverWaitMs`. */
const staleMs = 400

interface StoredFile {
  readonly createdAt: number
  readonly owner: number
  /** Every state that it had, the newest last. */
  readonly versions: { at: number; content: Uint8Array; synced: number }[]
}

export interface Outcome {
  /** What was broken, undefined where nothing was. */
  readonly fault: string | undefined
  readonly acknowledged: number
  readonly writers: number
}

class Lost extends Error {}

export async function simulate(seed: number, open: typeof openJournal): Promise<Outcome> {
  const random = randomFrom(seed)
  const files = new Map<string, StoredFile>()
  const locals = new Map<string, string[]>()
  const events: { at: number; run: () => void }[] = []
  /** Each acknowledged write, in order, with the whole history as its writer had it. */
  const acknowledged: { value: string; epoch: number; view: readonly string[] }[] = []
  let now = 0
  let faults = true
  let fault: string | undefined
  let lastValue = 0

  const at = (time: number, run: () => void) => {
    let index = events.length
    while (index > 0 && events[index - 1]!.at < time) index--
    events.splice(index, 0, { at: time, run })
  }
  const blame = (text: string) => {
    fault ??= text
  }

  const count = 2 + random.below(3)
  const processes = Array.from({ length: count }, (_, id) => startProcess(id, random.below(4_000)))
  await runUntil(() => processes.every(({ ended }) => ended()) || fault !== undefined)

  faults = false
  const last = startProcess(count, 0)
  await runUntil(() => last.ready() || fault !== undefined)
  if (!last.ready()) blame('nobody could take over at the end')
  const final = last.records()
  if (new Set(final).size < final.length) blame('something is there twice')
  for (const { value, epoch, view } of acknowledged) {
    const kept = new Set(view)
    if (!final.includes(value)) blame(`${value} is lost at the end`)
    if (final.filter((one) => kept.has(one)).join() !== view.join())
      blame(`the history of epoch ${epoch} is not that at the end`)
  }
  const writers = new Set(acknowledged.map(({ epoch }) => epoch)).size
  return { fault, acknowledged: acknowledged.length, writers }

  async function runUntil(done: () => boolean) {
    for (let step = 0; !done(); step++) {
      const event = events.pop()
      if (!event || step > 20_000) return
      now = Math.max(now, event.at)
      event.run()
      // Whatever the event set going comes to its next operation.
      for (let turn = 0; turn < 24; turn++) await undefined
    }
  }

  function startProcess(id: number, delay: number) {
    let dead = false
    let ended = false
    let frozenUntil = 0
    let held: string[] = []
    let records: string[] = []

    /** An operation of this process: its effect after some time, its result after some more. */
    function operation<T>(effect: () => T): Promise<T> {
      return new Promise((resolve, reject) => {
        const pause = () => {
          if (!faults) return 1
          if (random.once(150)) frozenUntil = now + random.below(4_000)
          return 1 + random.below(random.once(20) ? 300 : 12)
        }
        after(pause(), () => {
          let result: T
          try {
            if (faults && random.once(400)) throw new Error('the share failed')
            result = effect()
          } catch (error) {
            after(1, () => reject(error))
            return
          }
          after(pause(), () => resolve(result))
        })
      })
    }

    /** Runs later, unless the process is dead then; when it is frozen, after that. */
    function after(ms: number, run: () => void) {
      at(Math.max(now + ms, frozenUntil), () => {
        if (dead) return
        if (frozenUntil > now) after(0, run)
        else run()
      })
    }

    const mine = (file: StoredFile) => file.owner === id
    const late = () => (faults ? random.below(staleMs) : 0)

    function seenBy(file: StoredFile): Uint8Array {
      const { versions } = file
      if (mine(file)) return versions.at(-1)?.content ?? new Uint8Array()
      const then = now - late()
      const version = versions.findLast((one) => one.at <= then) ?? { content: new Uint8Array(), synced: 0 }
      // What is not synced may be seen by others, in part or not at all.
      return version.content.subarray(
        0,
        version.synced + random.below(version.content.length - version.synced + 1),
      )
    }

    function find(name: string): StoredFile {
      const file = files.get(name)
      if (!file || (!mine(file) && file.createdAt > now - (faults ? random.below(20) : 0)))
        throw new Lost(`there is no ${name}`)
      return file
    }

    const share: Share = {
      list: () =>
        operation(() => {
          const then = now - late()
          return [...files].filter(([, file]) => mine(file) || file.createdAt <= then).map(([name]) => name)
        }),
      create: (name) =>
        operation((): ShareFile | undefined => {
          if (files.has(name)) return undefined
          const file: StoredFile = { createdAt: now, owner: id, versions: [] }
          files.set(name, file)
          return {
            write: (bytes, offset) =>
              operation(() => {
                const old = file.versions.at(-1) ?? { content: new Uint8Array(), synced: 0 }
                // The disk may be full.
                const length = faults && random.once(300) ? random.below(bytes.length) : bytes.length
                const content = new Uint8Array(Math.max(old.content.length, offset + length))
                content.set(old.content)
                content.set(bytes.subarray(0, length), offset)
                file.versions.push({ at: now, content, synced: Math.min(old.synced, offset) })
                if (length < bytes.length) throw new Error('the share is full')
              }),
            sync: () =>
              operation(() => {
                const old = file.versions.at(-1)!
                file.versions.push({ ...old, at: now, synced: old.content.length })
              }),
            async close() {},
          }
        }),
      read: (name, from = 0, to) => operation(() => seenBy(find(name)).subarray(from, to)),
      overwrite: (name, content) =>
        operation(() => {
          const bytes = Buffer.from(content)
          const file = files.get(name) ?? { createdAt: now, owner: id, versions: [] }
          file.versions.push({ at: now, content: bytes, synced: bytes.length })
          files.set(name, file)
        }),
      publish: (local, name) =>
        operation(() => {
          const content = Buffer.from(JSON.stringify(locals.get(local)))
          files.set(name, {
            createdAt: now,
            owner: id,
            versions: [{ at: now, content, synced: content.length }],
          })
        }),
      fetch: (name, local) =>
        operation(() => {
          const content = find(name).versions.at(-1)!.content
          locals.set(local, JSON.parse(Buffer.from(content).toString()))
          return { bytes: 1, crc: 1 }
        }),
      remove: (name) => operation(() => void files.delete(name)),
    }

    const replica: Replica = {
      position: undefined,
      schema: 1,
      async reset(fetch) {
        const local = `${id}-copy`
        locals.set(local, [])
        await fetch?.(local)
        replica.position = undefined
        records = locals.get(local)!.slice()
      },
      migrate() {},
      apply(more) {
        records.push(...more.map(({ changeset }) => Buffer.from(changeset).toString()))
      },
      pin() {
        const file = `${id}-snapshot-${now}`
        locals.set(file, records.slice())
        return { write: async () => ({ file, sum: { bytes: 1, crc: 1 } }), release() {} }
      },
    }

    const clock = {
      now: () => now,
      sleep: (ms: number) => new Promise<void>((resolve) => after(ms, resolve)),
    }
    const journal = open(share, replica, clock, () => {})
    const end = () => {
      dead = true
      ended = true
      for (const file of files.values()) {
        const newest = mine(file) && file.versions.at(-1)
        if (!newest || newest.synced === newest.content.length) continue
        const kept = newest.synced + random.below(newest.content.length - newest.synced + 1)
        file.versions.push({ at: now, content: newest.content.slice(0, kept), synced: kept })
      }
    }

    after(delay, () => void live().catch((error) => blame(`a process failed: ${error.stack}`)))
    if (faults && random.once(3)) at(delay + 500 + random.below(8_000), end)
    return { ended: () => ended, ready: () => journal.role === 'writer', records: () => records }

    async function live() {
      while (journal.role !== 'writer') {
        try {
          await journal.takeOver()
        } catch (error) {
          if (!/share|there is no|not there/.test(String(error))) throw error
          await clock.sleep(200)
        }
        if (journal.role === 'replaced') break
      }
      for (let turn = 10 + random.below(30); turn > 0 && faults; turn--) {
        await clock.sleep(random.below(60))
        try {
          if (random.once(12)) await (await journal.snapshot())()
          else if (random.once(4)) await watch()
          else await write(String(++lastValue))
        } catch (error) {
          if (!/share|taken over|catch up|there is no|not there|commit failed/.test(String(error)))
            throw error
        }
      }
      if (faults && random.once(2)) await journal.release().catch(() => {})
      if (faults) end()
    }

    async function watch() {
      await journal.beat()
      await journal.watch()
    }

    async function write(value: string) {
      held = [...records, value]
      await journal.write({ time: 0, ids: {}, changeset: Buffer.from(value) }, () => {
        if (faults && random.once(40)) throw new Error('the commit failed')
        records = held
      })
      const epoch = Math.max(...epochsIn([...files].filter(([, file]) => mine(file)).map(([name]) => name)))
      for (const other of acknowledged) {
        if (other.epoch <= epoch && !records.includes(other.value))
          blame(`${other.value} of epoch ${other.epoch} is not in the view of epoch ${epoch}`)
        if (other.epoch > epoch && !other.view.includes(value))
          blame(`${value} was acknowledged in epoch ${epoch} and is not in the view of epoch ${other.epoch}`)
      }
      acknowledged.push({ value, epoch, view: records.slice() })
    }
  }
}
