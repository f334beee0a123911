import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { copyTo, refuseExisting } from '../sqlite/schema/copies.ts'
import { countIn } from '../sqlite/schema/open.ts'
import { megabytes, work } from '../work.ts'
import { decode } from './frames.ts'
import { catchUp } from './history.ts'
import { epochsIn, journalName, snapshotsIn } from './names.ts'
import { openReplica } from './replica.ts'
import { countReads, openShare } from './share.ts'

/**
 * Reads every file in the folder, and follows the history from start to end. Reports each in a line, and whether all is sound.
 * Changes nothing, and may run while the service writes.
 */
export async function verifyJournal(folder: string, print: (line: string) => void): Promise<boolean> {
  const share = watched(folder)
  const names = await share.list()
  let sound = true
  const report = async (name: string, check: () => Promise<string>) => {
    try {
      print(`${name}: ${await check()}`)
    } catch (error) {
      sound = false
      print(`${name}: ${(error as Error).message}`)
    }
  }

  for (const epoch of epochsIn(names).reverse()) {
    const name = journalName(epoch)
    await report(name, async () => {
      const content = await share.read(name)
      let records = 0
      let end = 0
      for (const { frame, end: frameEnd } of decode(content, { epoch, bytes: 0 }, name)) {
        if (frame.kind === 'record') records++
        end = frameEnd
      }
      const rest = content.length - end
      return `${records} records in ${end} bytes${rest > 0 ? `, then ${rest} bytes that were never finished` : ''}`
    })
  }
  const local = mkdtempSync(join(tmpdir(), 'taskapp-verify-'))
  work.scratch(local)
  try {
    for (const { name, bytes, crc } of snapshotsIn(names).reverse()) {
      await report(name, async () => {
        const sum = await share.fetch(name, join(local, 'snapshot'))
        if (sum.bytes !== bytes || sum.crc !== crc)
          throw new Error('is damaged: its content is not what its name says')
        return 'sound'
      })
    }
    await report('the history', async () => {
      const replica = openReplica(join(local, 'copy'))
      try {
        const head = await catchUp(share, replica, Number.POSITIVE_INFINITY, (text) => print(text))
        if (!head) throw new Error('there is none: no journal has a header')
        replica.migrate(replica.schema)
        return `whole up to epoch ${head.epoch}: ${countIn(replica.db!)} tasks`
      } finally {
        replica.remove()
      }
    })
  } finally {
    rmSync(local, { recursive: true })
  }
  return sound
}

/** The folder, with progress reports. */
function watched(folder: string) {
  let read = 0
  return countReads(openShare(folder), (bytes) => {
    read += bytes
    work.progress(`reading ${folder}, ${megabytes(read)}`)
  })
}

/** Creates an SQLite file from the folder, as of now or of a time. Throws if `file` exists. */
export async function restoreJournal(folder: string, file: string, until?: Date): Promise<void> {
  refuseExisting(file)
  const replica = openReplica(join(dirname(file), `.${basename(file)}`))
  try {
    const warn = (text: string) => process.stderr.write(`${text}\n`)
    const share = watched(folder)
    if (epochsIn(await share.list()).length === 0) throw new Error('it has no journal')
    await catchUp(share, replica, Number.POSITIVE_INFINITY, warn, until?.getTime())
    replica.migrate(replica.schema)
    copyTo(replica.db!, file)
  } catch (error) {
    throw new Error(`Cannot restore from ${folder}: ${(error as Error).message}`, { cause: error })
  } finally {
    replica.remove()
  }
}
