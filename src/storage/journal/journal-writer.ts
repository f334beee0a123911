/** The writing thread with a journal: the protocol of decisions/006 around the usual groups. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { limits } from '../../limits.ts'
import { Unavailable } from '../../resources/errors.ts'
import type { Size } from '../../resources/store.ts'
import { earliestTime } from '../sqlite/clock.ts'
import { faultOf } from '../sqlite/faults.ts'
import { type CarriedTable, carriedTables } from '../sqlite/schema/carried.ts'
import { type Groups, prepareGroups } from '../sqlite/write/group.ts'
import type { FromWriter, ToWriter } from '../sqlite/writer.ts'
import { clean } from './clean.ts'
import { readHeader } from './history.ts'
import { openJournal, type Role } from './journal.ts'
import { collectLeftovers, keepCopy, keptCopies, type Leftover, removeCopy, tasksIn } from './leftovers.ts'
import { epochsIn, replaced } from './names.ts'
import { openReplica, seedFrom, startRecord } from './replica.ts'
import { countReads, openShare } from './share.ts'

export interface Settings {
  /** The file in DATABASE_URL; the replica is stored next to it. */
  readonly file: string
  readonly folder: string
  readonly retentionDays: number
  readonly quota: Size
}

/** Messages to the main thread other than outcomes. */
export type Notice =
  | { readonly role: Role; readonly copy: string }
  | { readonly warning: string }
  /** Why the folder cannot be written to at the moment; null once it can. */
  | { readonly trouble: string | null }
  /** Bytes of the folder that the start has read so far. */
  | { readonly read: number }
  /** The path of the replica, kept because the folder lacks acknowledged writes. */
  | { readonly kept: string }
  | { readonly bytesSinceSnapshot: number }
  | { readonly fatal: string }

const { file, folder, retentionDays, quota }: Settings = workerData
const port = parentPort!
const send = (message: FromWriter) => port.postMessage(JSON.stringify(message))
const tell = (notice: Notice) => send({ notice })
const warn = (warning: string) => tell({ warning })

let read = 0
const share = countReads(openShare(folder), (bytes) => {
  read += bytes
})
const base = `${file}-copy`
const leftovers = collectLeftovers(base)
const replica = openReplica(base)
const clock = {
  now: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}
const journal = openJournal(share, replica, clock, warn)

let prepared: { copy: string; groups: Groups; tables: readonly CarriedTable[] } | undefined
let told = ''
let toldBytes = 0
let uploading: Promise<void> | undefined
let lastSnapshot = clock.now()
/** The last task in the queue: they run one after the other. */
let turn: Promise<void> = Promise.resolve()
void inTurn(open)

let watching: number | undefined
let beating = false
let trouble: string | null = null
let marked = ''
const timers = [
  setInterval(() => {
    if (journal.role === 'starting') tell({ read })
    // If the share hangs, one check waits, not one per second.
    if (watching === undefined) {
      watching = clock.now()
      void inTurn(watch)
    } else if (clock.now() - watching > limits.shareSilenceMs)
      setTrouble('the folder of the journal does not answer')
  }, limits.journalWatchMs),
  setInterval(beat, limits.journalBeatMs),
]

port.on('message', (text: string) => {
  const group: ToWriter = JSON.parse(text)
  if (group.length > 0) void inTurn(async () => send(await commit(group)))
  else void inTurn(close)
})

function inTurn(run: () => Promise<void>): Promise<void> {
  turn = turn.then(run).catch((error) => warn(String(error)))
  return turn
}

async function open() {
  try {
    await refuseToBeginAnew()
    await journal.takeOver()
    if (journal.role === 'writer') {
      for (const leftover of leftovers) await judge(leftover)
      await share.describe()
      if (existsSync(file)) await seed()
    }
    tellRole()
  } catch (error) {
    tell({ fatal: (error as Error).message })
  }
}

/** If there is a replica but its folder has no journal, it is most likely the wrong folder. */
async function refuseToBeginAnew() {
  if (epochsIn(await share.list()).length > 0) return
  for (const copy of [...leftovers.map((leftover) => leftover.file), ...keptCopies(file)]) {
    const tasks = tasksIn(copy)
    if (tasks === 0) continue
    throw new Error(
      `it has no journal, but ${resolve(copy)} is the copy of one, with ${tasks} tasks. Mount the folder that it belongs to; or, where that is lost, begin anew with the copy: taskapp restore ${resolve(copy)} ${resolve(file)} --replace, and move the copy away`,
    )
  }
}

/** A killed process's replica is redundant if the share has everything that it wrote. */
async function judge({ file: left, origin }: Leftover) {
  const header = origin && (await readHeader(share, origin.epoch).catch(() => undefined))
  if (!origin || header?.time === origin.time || tasksIn(left) === 0) return removeCopy(left)
  warn(
    `a copy that a process has left is not of this journal, or of a part that was cleaned since; it is now ${resolve(keepCopy(left, file))}`,
  )
}

/** The first start with a journal imports the tasks from the existing file. */
async function seed() {
  if (!replica.isEmpty()) {
    warn(`the tasks in ${file} are not used: ${folder} has its own`)
    return
  }
  const record = seedFrom(replica.db!, file)
  await journal.write(record, () => replica.db!.exec('commit; detach seed'))
}

function tellRole() {
  const { role } = journal
  mark()
  const state = `${role} ${replica.file} ${replica.position?.epoch} ${replica.position?.bytes}`
  if (state === told) return
  told = state
  tell({ role, copy: replica.file })
}

/** Tells a process that finds the replica after a kill whether it is still needed. */
function mark() {
  const { origin } = journal
  const text = `${replica.file} ${origin.epoch}`
  if (text === marked || origin.epoch === 0 || journal.role !== 'writer') return
  replica.mark(origin)
  marked = text
}

async function commit(writes: ToWriter): Promise<FromWriter> {
  if (journal.role !== 'writer') return { failed: replaced, undone: true }
  if (prepared?.copy !== replica.file) {
    const db = replica.db!
    prepared = { copy: replica.file, groups: prepareGroups(db, quota), tables: carriedTables(db) }
  }
  const { groups, tables } = prepared
  const recording = startRecord(replica.db!, tables)
  try {
    const outcomes = apply(groups, writes)
    await journal.write(recording.end(), groups.commit)
    told = `${journal.role} ${replica.file} ${replica.position!.epoch} ${replica.position!.bytes}`
    mark()
    snapshotWhenDue()
    return { outcomes, size: groups.size() }
  } catch (error) {
    recording.cancel()
    groups.rollback()
    tellRole()
    return { failed: (error as Error).message, undone: error instanceof Unavailable && error.undone }
  }
}

/** Nothing was applied. */
function apply(groups: Groups, writes: ToWriter) {
  try {
    return groups.apply(writes)
  } catch (error) {
    throw new Unavailable(faultOf(error) ?? (error as Error).message, { cause: error })
  }
}

async function watch() {
  try {
    await journal.watch()
    setTrouble(null)
  } catch (error) {
    setTrouble((error as Error).message)
  } finally {
    watching = undefined
    tellRole()
  }
  snapshotWhenDue()
  const { sinceSnapshot: bytesSinceSnapshot } = journal
  if (bytesSinceSnapshot !== toldBytes) tell({ bytesSinceSnapshot })
  toldBytes = bytesSinceSnapshot
}

function setTrouble(text: string | null) {
  if (text === trouble) return
  trouble = text
  tell({ trouble })
}

function beat() {
  if (beating) return
  beating = true
  journal
    .beat()
    .catch((error) => warn(`no sign of life could be given: ${error.message}`))
    .finally(() => {
      beating = false
    })
}

function snapshotWhenDue() {
  const { role, sinceSnapshot } = journal
  const old = clock.now() - lastSnapshot > limits.snapshotEveryMs
  if (role !== 'writer' || uploading || sinceSnapshot === 0) return
  if (!old && sinceSnapshot < limits.snapshotEveryBytes) return
  void inTurn(snapshot)
}

/** Pinned in turn, then uploaded concurrently. */
async function snapshot() {
  if (uploading || journal.sinceSnapshot === 0) return
  lastSnapshot = clock.now()
  const upload = await journal.snapshot()
  uploading = upload()
    .then(() => clean(share, earliestTime() - retentionDays * 86_400_000))
    .catch((error) => warn(`a snapshot was not made: ${error.message}`))
    .finally(() => {
      uploading = undefined
    })
}

/** Released before the last snapshot is uploaded, so that the next process need not wait for it. */
async function close() {
  for (const timer of timers) clearInterval(timer)
  await uploading
  try {
    if (journal.role === 'writer') await snapshot()
    await journal.release()
  } catch (error) {
    warn((error as Error).message)
  }
  await uploading
  if (replica.isEmpty() || (await journal.isSafe().catch(() => false))) replica.remove()
  else tell({ kept: resolve(replica.keep(file)) })
  port.close()
}
