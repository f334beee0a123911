/** The thread that writes with a journal: the protocol of decisions/006, around the same groups as everywhere. */
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { limits } from '../../limits.ts'
import { earliestTime } from '../sqlite/clock.ts'
import { type Groups, prepareGroups } from '../sqlite/group.ts'
import type { FromWriter, ToWriter } from '../sqlite/writer.ts'
import { clean } from './clean.ts'
import { openJournal, type Role } from './journal.ts'
import { openReplica, removeLeftovers, seedFrom, startRecord } from './replica.ts'
import { openShare } from './share.ts'

export interface Settings {
  /** DATABASE_URL's file: the copy is beside it. */
  readonly file: string
  readonly folder: string
  readonly retentionDays: number
}

/** What the main thread learns beside outcomes. */
export type Notice =
  | { readonly role: Role; readonly copy: string }
  | { readonly warning: string }
  | { readonly bytesSinceSnapshot: number }
  | { readonly fatal: string }

const { file, folder, retentionDays }: Settings = workerData
const port = parentPort!
const send = (message: FromWriter) => port.postMessage(JSON.stringify(message))
const tell = (notice: Notice) => send({ notice })
const warn = (warning: string) => tell({ warning })

const share = openShare(folder)
const base = `${file}-copy`
removeLeftovers(base)
const replica = openReplica(base)
const clock = {
  now: () => performance.now(),
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
}
const journal = openJournal(share, replica, clock, warn)

let prepared: { copy: string; groups: Groups } | undefined
let told = ''
let toldBytes = 0
let uploading: Promise<void> | undefined
let lastSnapshot = clock.now()
/** What is under way, or was last: one thing after another. */
let turn: Promise<void> = Promise.resolve()
void inTurn(open)

let watching = false
let beating = false
const timers = [
  setInterval(() => {
    // Where the share hangs, one look waits, not one for each second.
    if (watching) return
    watching = true
    void inTurn(watch)
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
    await journal.takeOver()
    if (journal.role === 'writer') {
      await share.describe()
      if (existsSync(file)) await seed()
    }
    tellRole()
  } catch (error) {
    tell({ fatal: (error as Error).message })
  }
}

/** The first start with a journal brings the tasks along that were there without. */
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
  const state = `${role} ${replica.file} ${replica.position?.epoch} ${replica.position?.bytes}`
  if (state === told) return
  told = state
  tell({ role, copy: replica.file })
}

async function commit(writes: ToWriter): Promise<FromWriter> {
  if (journal.role !== 'writer') return { failed: 'another process has taken over the journal' }
  if (prepared?.copy !== replica.file) prepared = { copy: replica.file, groups: prepareGroups(replica.db!) }
  const { groups } = prepared
  const recording = startRecord(replica.db!)
  try {
    const outcomes = groups.apply(writes)
    await journal.write(recording.end(), groups.commit)
    told = `${journal.role} ${replica.file} ${replica.position!.epoch} ${replica.position!.bytes}`
    snapshotWhenDue()
    return { outcomes }
  } catch (error) {
    recording.cancel()
    groups.rollback()
    tellRole()
    return { failed: String(error) }
  }
}

async function watch() {
  try {
    await journal.watch()
  } finally {
    watching = false
    tellRole()
  }
  snapshotWhenDue()
  const { sinceSnapshot: bytesSinceSnapshot } = journal
  if (bytesSinceSnapshot !== toldBytes) tell({ bytesSinceSnapshot })
  toldBytes = bytesSinceSnapshot
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

/** Pinned in turn, put on the share beside everything else. */
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

/** Released before the last snapshot is on the share: who takes over need not wait for that. */
async function close() {
  for (const timer of timers) clearInterval(timer)
  await uploading
  try {
    if (journal.role === 'writer') await snapshot()
    await journal.release()
    await uploading
  } finally {
    replica.remove()
    port.close()
  }
}
