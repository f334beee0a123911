import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppOptions, type RunningApp, startApp } from '../helpers/app.ts'
import { type Random, randomFrom } from '../helpers/random.ts'
import { until } from '../helpers/until.ts'
import { type Listed, openClient, type TortureClient } from './client.ts'
import { type Storage, type StorageName, storages } from './storages.ts'

export interface KillFigures {
  readonly seed: number
  readonly kills: number
  readonly writers: number
  /** Writes with a 2xx response, all of which survived each restart. */
  readonly acknowledged: number
  /** Writes without a response, which were sent again. */
  readonly repeated: number
  readonly imported: number
  /** Repeating tasks completed, each with one next task, and those reopened. */
  readonly completed: number
  readonly reopened: number
  /** The number of kills at each point of a write. */
  readonly points: Readonly<Record<string, number>>
}

export interface TortureOptions {
  readonly kills: number
  readonly seed: number
  /** The program: the sources, or dist. */
  readonly entry: readonly string[]
  /** The storage. */
  readonly name?: StorageName
}

const writers = 16
/** The database is replaced now and then, so that reading all of it stays fast. */
const killsOfDatabase = 20

/**
 * Kills the program repeatedly under load and checks after each restart: every acknowledged write is there, once, and
 * nothing is half done. strace kills it as it enters a system call, or this does at a random moment.
 */
export async function torture(
  { kills, seed, entry, name = 'sqlite' }: TortureOptions,
  say: (text: string) => void = () => {},
): Promise<KillFigures> {
  await using storage = await storages[name]()
  const points: Record<string, number> = {}
  const sum = { acknowledged: 0, repeated: 0, imported: 0, completed: 0, reopened: 0 }
  for (let done = 0; done < kills; ) {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-torture-'))
    const program = { folder, entry, env: storage.open(folder) }
    const random = randomFrom(seed + done)
    const clients = Array.from({ length: writers }, (_, n) =>
      openClient(n, randomFrom(seed + done + n * 100_003), n < 2),
    )
    for (let round = 0; round < killsOfDatabase && done < kills; round++, done++) {
      const aim = storage.aims[done % storage.aims.length]!(folder, random)
      const point = await killOnce(storage, program, random, aim, clients)
      points[point] = (points[point] ?? 0) + 1
    }
    await using last = await startApp(program)
    await ready(last)
    await checkAll(last, clients)
    for (const { figures } of clients)
      for (const figure of Object.keys(sum) as (keyof typeof sum)[]) sum[figure] += figures[figure]
    await last.stop()
    rmSync(folder, { recursive: true })
    say(`${done} kills, ${sum.acknowledged} writes acknowledged`)
  }
  return { seed, kills, writers, ...sum, points }
}

/** Resolves with the point at which the program was killed. */
async function killOnce(
  storage: Storage,
  program: AppOptions & { readonly folder: string },
  random: Random,
  aim: readonly string[] | undefined,
  clients: readonly TortureClient[],
): Promise<string> {
  const { folder } = program
  const trace = join(folder, 'trace')
  rmSync(trace, { force: true })
  const under = aim ? ['strace', '-D', '-f', '-y', '-o', trace, ...aim] : []
  const started = await startApp({ ...program, under }).catch((error) => {
    assert.match(String(error), /the program ended \(SIGKILL\)/)
  })
  if (!started) {
    await storage.check(folder)
    return 'during the start'
  }
  await using app = started
  const exited = new Promise((resolve) => app.process.once('exit', resolve))
  await ready(app)
  await checkAll(app, clients)
  if (app.process.signalCode === null) {
    // Without injection, or if the call is too rare.
    const most = aim ? 3_000 : 20 + random.below(400)
    const goal = acknowledgedBy(clients) + most
    const watch = setInterval(() => {
      if (acknowledgedBy(clients) >= goal) app.process.kill('SIGKILL')
    }, 1)
    await Promise.all(clients.map((client) => client.work(app.url)))
    await exited
    clearInterval(watch)
  }
  assert.equal(app.process.signalCode, 'SIGKILL', app.errors())
  await storage.check(folder)
  return (aim && pointOf(readFileSync(trace, 'utf8'), app.process.pid!)) ?? 'at any moment'
}

/** A journal is read first. If killed meanwhile, it does not respond. */
async function ready({ url }: RunningApp) {
  await until('it is ready', async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined)
    return answer === undefined || answer.ok
  })
}

function acknowledgedBy(clients: readonly TortureClient[]): number {
  return clients.reduce((sum, { figures }) => sum + figures.acknowledged, 0)
}

/** What the program was doing when it was killed, from the call that never returned. */
function pointOf(trace: string, main: number): string | undefined {
  const calls = new Map<string, string>()
  for (const line of trace.split('\n')) {
    const [, pid, call] = /^(\d+) +(\w+\(.*)$/.exec(line) ?? []
    if (pid && call) calls.set(pid, call)
    else if (/ resumed>/.test(line) && !/= \?$/.test(line)) calls.delete(line.slice(0, line.indexOf(' ')))
  }
  for (const [pid, call] of calls) {
    if (!/(= \?|<unfinished \.\.\.>)$/.test(call)) continue
    if (/^pwrite64.*-wal>/.test(call)) return 'within the transaction, writing the log'
    if (/^fsync.*-wal>/.test(call)) return 'before the sync of the commit'
    const told = /^(fcntl.*F_UNLCK|write\(\d+<anon_inode)/.test(call)
    if (told && Number(pid) !== main) return 'after the commit, before it is told'
    if (/^fcntl/.test(call)) return 'before the transaction, taking a lock'
    if (/^(pwrite64|fsync).*\.db>/.test(call)) return 'while the log goes into the database'
    if (/^writev?\(\d+<(socket|TCP)/.test(call)) return 'before the reply'
    if (/^(fsync|fdatasync|write)\(\d+<.*journal-/.test(call)) return 'at the journal'
    if (/^write\(\d+<anon_inode/.test(call)) return 'before a group reaches the thread that writes'
  }
  return undefined
}

async function checkAll({ url, process }: RunningApp, clients: readonly TortureClient[]) {
  const all: Listed[] = []
  try {
    for (let more = true; more; ) {
      const response = await fetch(`${url}/tasks?view=full&after=${all.at(-1)?.id ?? 0}`)
      all.push(...((await response.json()) as Listed[]))
      more = response.headers.has('link')
    }
  } catch (error) {
    // Killed while responding.
    if (error instanceof TypeError && process.killed === false) return
    throw error
  }
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'a task is there twice')
  for (const client of clients) client.check(all)
}
