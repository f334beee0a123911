import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type RunningApp, startApp } from '../helpers/app.ts'
import { type Random, randomFrom } from '../helpers/random.ts'
import { type Listed, openClient, type TortureClient } from './client.ts'

export interface KillFigures {
  readonly seed: number
  readonly kills: number
  readonly writers: number
  /** Writes answered with 2xx, all of which were there after each restart. */
  readonly acknowledged: number
  /** Writes that had no answer and were sent again with the same key. */
  readonly repeated: number
  readonly imported: number
  /** How many kills hit which point of a write's way. */
  readonly points: Readonly<Record<string, number>>
}

const writers = 16
/** A new database now and then, so that looking through all of it stays quick. */
const killsOfDatabase = 20

/**
 * Kills the program again and again under load and looks after each restart: every acknowledged write is there, once,
 * and nothing half done. strace kills it as it enters a system call, or this does at a random moment.
 */
export async function torture(
  { kills, seed, entry }: { kills: number; seed: number; entry: readonly string[] },
  say: (text: string) => void = () => {},
): Promise<KillFigures> {
  const points: Record<string, number> = {}
  const sum = { acknowledged: 0, repeated: 0, imported: 0 }
  for (let done = 0; done < kills; ) {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-torture-'))
    const random = randomFrom(seed + done)
    const clients = Array.from({ length: writers }, (_, n) =>
      openClient(`c${n}`, randomFrom(seed + done + n * 100_003), n < 2),
    )
    for (let round = 0; round < killsOfDatabase && done < kills; round++, done++) {
      const point = await killOnce(folder, entry, random, done, clients)
      points[point] = (points[point] ?? 0) + 1
    }
    await using last = await startApp({ folder, entry })
    await checkAll(last, clients)
    for (const { figures } of clients)
      for (const name of ['acknowledged', 'repeated', 'imported'] as const) sum[name] += figures[name]
    rmSync(folder, { recursive: true })
    say(`${done} kills, ${sum.acknowledged} writes acknowledged`)
  }
  return { seed, kills, writers, ...sum, points }
}

/** Resolves with the point at which the program was killed. */
async function killOnce(
  folder: string,
  entry: readonly string[],
  random: Random,
  turn: number,
  clients: readonly TortureClient[],
): Promise<string> {
  const trace = join(folder, 'trace')
  rmSync(trace, { force: true })
  const aim = aims[turn % aims.length]!
  const strace = aim(folder, random)
  const under = strace ? ['strace', '-D', '-f', '-y', '-o', trace, ...strace] : []
  let app: RunningApp
  try {
    app = await startApp({ folder, entry, under })
  } catch (error) {
    assert.match(String(error), /the program ended \(SIGKILL\)/)
    checkFile(folder)
    return 'during the start'
  }
  await checkAll(app, clients)
  const exited = new Promise((resolve) => app.process.once('exit', resolve))
  if (app.process.signalCode === null) {
    // Where nothing is injected, and where a call was not made often enough.
    const most = strace ? 3_000 : 20 + random.below(400)
    const goal = acknowledgedBy(clients) + most
    const watch = setInterval(() => {
      if (acknowledgedBy(clients) >= goal) app.process.kill('SIGKILL')
    }, 1)
    await Promise.all(clients.map((client) => client.work(app.url)))
    await exited
    clearInterval(watch)
  }
  assert.equal(app.process.signalCode, 'SIGKILL', app.errors())
  checkFile(folder)
  return (strace && pointOf(readFileSync(trace, 'utf8'), app.process.pid!)) ?? 'at any moment'
}

function acknowledgedBy(clients: readonly TortureClient[]): number {
  return clients.reduce((sum, { figures }) => sum + figures.acknowledged, 0)
}

/** Where the program is killed: as it enters, for the n-th time, a system call of a write's way. */
const aims: readonly ((folder: string, random: Random) => string[] | undefined)[] = [
  () => undefined,
  (folder, random) => on(`${folder}/tasks.db-wal`, 'pwrite64', 1 + random.below(600)),
  (folder, random) => on(`${folder}/tasks.db-wal`, 'fsync', 1 + random.below(60)),
  (folder, random) => on(`${folder}/tasks.db-shm`, 'fcntl', 1 + random.below(300)),
  (folder, random) => on(`${folder}/tasks.db`, 'pwrite64', 1 + random.below(40)),
  (folder) => on(`${folder}/tasks.db`, 'fsync', 1),
  (_folder, random) => on('anon_inode:[eventfd]', 'write', 1 + random.below(60)),
  (_folder, random) => ['-e', 'trace=write,writev', ...kill('write,writev', 1 + random.below(500))],
]

function on(file: string, call: string, when: number): string[] {
  return ['-P', file, '-e', `trace=${call}`, ...kill(call, when)]
}

/** Each thread counts for itself. */
function kill(calls: string, when: number): string[] {
  return ['-e', `inject=${calls}:signal=KILL:when=${when}`]
}

/** What the program was about to do when it was killed, from the call that never returned. */
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
    if (/^write\(\d+<anon_inode/.test(call)) return 'before a group reaches the thread that writes'
  }
  return undefined
}

/** The files as the kill left them, without the program's own repair. */
function checkFile(folder: string) {
  const file = join(folder, 'tasks.db')
  if (!existsSync(file)) return
  const copy = join(folder, 'copy.db')
  for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix)
  const db = new DatabaseSync(copy)
  assert.equal(db.prepare('pragma integrity_check').get()!['integrity_check'], 'ok')
  const indexed = db.prepare("select 1 from sqlite_schema where name = 'search'").get()
  if (indexed) db.exec("insert into search (search) values ('integrity-check')")
  db.close()
  for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
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
    // Killed as it answered.
    if (error instanceof TypeError && process.killed === false) return
    throw error
  }
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length, 'a task is there twice')
  for (const client of clients) client.check(all)
}
