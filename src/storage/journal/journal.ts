import { limits } from '../../limits.ts'
import { Unavailable, Uncertain } from '../../resources/errors.ts'
import { encode, format, type Header, type Record } from './frames.ts'
import { catchUp, type Head, holds, type Link, type Replica, readHeader } from './history.ts'
import type { Origin } from './leftovers.ts'
import { aliveName, epochsIn, journalName, replaced, snapshotName } from './names.ts'
import type { Share, ShareFile } from './share.ts'

export interface Clock {
  /** Monotonic time in milliseconds. */
  now(): number
  sleep(ms: number): Promise<void>
}

export type Role = 'starting' | 'writer' | 'replaced'

/** The protocol of decisions/006 for one process. Its methods must not overlap. */
export interface Journal {
  readonly role: Role
  /** The newest epoch that it has started. */
  readonly origin: Origin
  /** Bytes that a process starting now would have to replay. */
  readonly sinceSnapshot: number
  /** Becomes the writer, or 'replaced' if another was faster. Throws if the folder cannot be used. */
  takeOver(): Promise<void>
  /**
   * Appends the changes of the replica's open transaction to the journal, then calls `commit`. Throws `Unavailable` if neither
   * happened, and `Uncertain` if the journal may have them.
   */
  write(record: Record | undefined, commit: () => void): Promise<void>
  /** Steps down if there is a newer epoch; once replaced, checks whether the process of that epoch is gone. */
  watch(): Promise<void>
  /** Writes a heartbeat. May be called at any time. */
  beat(): Promise<void>
  /** Pins a snapshot. The returned function uploads it, and may run concurrently with everything else. */
  snapshot(): Promise<() => Promise<void>>
  /** Releases the journal: nothing is acknowledged after that. */
  release(): Promise<void>
  /** Whether the folder has everything that was acknowledged here. */
  isSafe(): Promise<boolean>
}

/** Enough bytes to identify a journal: a header has its time, its parent and a checksum. */
const beginningBytes = 4_096

export function openJournal(
  share: Share,
  replica: Replica,
  clock: Clock,
  warn: (text: string) => void,
): Journal {
  let role: Role = 'starting'
  let epoch = 0
  let file: ShareFile | undefined
  /** The first bytes of our own journal, which identify the folder, and its time. */
  let beginning: Uint8Array = new Uint8Array()
  let began = 0
  /** How many bytes of our own journal count. */
  let end = 0
  /** Whether the journal is closed for appends: one failed, or the next epoch is claimed. */
  let uncertain = false
  /** A claimed epoch whose header is not written yet. */
  let claimed: { epoch: number; file: ShareFile } | undefined
  let sinceSnapshot = 0
  let beats = 0
  /** Whether the folder was a different one when last checked. */
  let lost = false
  let seen = { epoch: 0, content: '', at: 0 }

  return {
    get role() {
      return role
    },
    get origin() {
      return { epoch, time: began }
    },
    get sinceSnapshot() {
      return sinceSnapshot
    },
    takeOver,
    async write(record, commit) {
      assertWriter()
      if (isBehind()) throw new Unavailable('a commit failed and the copy has yet to catch up')
      if (uncertain) await goOn().catch(rethrow(Unavailable))
      const before = end
      try {
        if (record) await append(encode({ kind: 'record', record }, { epoch, bytes: end }))
        await check(before)
        commit()
      } catch (error) {
        rethrow(record ? Uncertain : Unavailable)(error as Error)
      }
      replica.position = { epoch, bytes: end }
      sinceSnapshot += end - before
    },
    async watch() {
      if (role === 'writer') {
        if (isBehind()) await catchUp(share, replica, epoch + 1, warn)
        await refuseOther()
        await check(end)
      } else if (role === 'replaced' && (await isGone())) await takeOver()
    },
    async beat() {
      // It must not be written to a folder that is not ours.
      if (epoch > 0 && role !== 'replaced' && !lost)
        await share.overwrite(aliveName(epoch), `${++beats} ${end}`)
    },
    async snapshot() {
      assertWriter()
      await goOn()
      const taken = epoch
      const pinned = replica.pin()
      const before = sinceSnapshot
      sinceSnapshot = 0
      return async () => {
        try {
          const { file: local, sum } = await pinned.write()
          await share.publish(local, snapshotName(taken, sum))
        } catch (error) {
          sinceSnapshot += before
          throw error
        } finally {
          pinned.release()
        }
      }
    },
    async release() {
      if (role !== 'writer') return
      if (uncertain) await goOn()
      await stepDown()
    },
    async isSafe() {
      if (role === 'starting') return true
      // The next process has it.
      const [newest = 0] = epochsIn(await share.list())
      if (newest > epoch && (await readHeader(share, newest))) return true
      return holds(share, { epoch, bytes: end })
    },
  }

  async function takeOver() {
    const before = role
    let own: { epoch: number; file: ShareFile } | undefined
    role = 'starting'
    try {
      // Most of it first, before a current writer is disturbed.
      await followFor(limits.takeOverWaitMs, Number.POSITIVE_INFINITY, () => true)
      own = await claim()
      const head = await followFor(
        own.epoch === 1 ? 0 : limits.takeOverWaitMs,
        own.epoch,
        (found) => found?.released === true && found.epoch === epoch - 1,
      )
      if (head && head.unfinished > 0)
        warn(
          `${journalName(head.epoch)} ends with ${head.unfinished} bytes of a record that was never finished and so never acknowledged, or that somebody has cut`,
        )
      replica.migrate(replica.schema)
      await begin(own, head?.link ?? { parent: null, taken: undefined })
      replica.position = { epoch, bytes: end }
      uncertain = false
      await check(end)
      role = 'writer'
    } catch (error) {
      if (isReplaced()) return
      await own?.file.close().catch(() => {})
      role = before
      throw error
    }
  }

  /** A newer process arrived during the takeover. */
  function isReplaced() {
    return role === 'replaced'
  }

  /**
   * Follows the history until `enough`, or else once more after so many milliseconds. Until then the share may serve stale content, such
   * as a journal that is shorter than its successor says: failures are retried.
   */
  async function followFor(ms: number, below: number, enough: (head: Head | undefined) => boolean) {
    const until = clock.now() + ms
    for (let anew = false; ; ) {
      const late = clock.now() >= until
      try {
        const head = await follow(below)
        if (late || enough(head)) return head
      } catch (error) {
        if (anew) throw error
        // The replica may have a record that was never synced and has vanished.
        if (late) replica.position = undefined
        anew = late
      }
      await clock.sleep(limits.takeOverPollMs)
    }
  }

  async function follow(below: number) {
    const head = await catchUp(share, replica, below, warn)
    sinceSnapshot += head?.replayed ?? 0
    return head
  }

  function assertWriter() {
    if (role !== 'writer') throw new Unavailable(replaced)
  }

  /** Throws if the folder is a different one, with its own journal. */
  async function refuseOther() {
    const there = await share.read(journalName(epoch), 0, beginning.length).catch(() => new Uint8Array())
    lost = Buffer.compare(there, beginning) !== 0
    if (!lost) return
    uncertain = true
    throw new Unavailable('the folder of the journal is not there')
  }

  /** Whether the last commit failed after its record was written. */
  function isBehind() {
    return replica.position?.epoch !== epoch || replica.position.bytes < end
  }

  /** Claims the next epoch by creating its file exclusively. */
  async function claim() {
    for (let next = (epochsIn(await share.list())[0] ?? 0) + 1; ; next++) {
      const made = await share.create(journalName(next))
      if (!made) continue
      epoch = next
      end = 0
      return { epoch: next, file: made }
    }
  }

  /** Continues in the next epoch. No wait is needed: only this process could acknowledge in the current one. */
  async function goOn() {
    if (claimed === undefined) {
      await refuseOther()
      await check(end)
      const made = await share.create(journalName(epoch + 1))
      if (!made) {
        await stepDown()
        throw new Unavailable(replaced)
      }
      claimed = { epoch: epoch + 1, file: made }
      // Its header, visible from now on, says how much of this journal counts: nothing more may be appended here.
      uncertain = true
    }
    const behind = isBehind()
    const old = file
    await begin(claimed, { parent: { epoch, bytes: end }, takenTo: { epoch, bytes: end }, taken: undefined })
    claimed = undefined
    uncertain = false
    await old?.close()
    // The replica followed the same history up to the parent's end.
    if (behind) await catchUp(share, replica, epoch + 1, warn)
    else replica.position = { epoch, bytes: end }
  }

  async function begin(own: { epoch: number; file: ShareFile }, { taken, ...link }: Link) {
    const time = Date.now()
    const header: Header = { format, schema: replica.schema, time, ...link }
    const frame = encode({ kind: 'header', header, taken }, { epoch: own.epoch, bytes: 0 })
    await own.file.write(frame, 0)
    await own.file.sync()
    epoch = own.epoch
    file = own.file
    end = frame.length
    beginning = frame.subarray(0, beginningBytes)
    began = time
  }

  async function append(frame: Uint8Array) {
    try {
      await file!.write(frame, end)
      await file!.sync()
      end += frame.length
    } catch (error) {
      uncertain = true
      throw new Unavailable(`the share did not take a record: ${codeOf(error)}`, { cause: error })
    }
  }

  /** Throws if there is a newer epoch, or if the folder cannot be read: then only `before` counts. */
  async function check(before: number) {
    let names: readonly string[]
    try {
      names = await share.list()
    } catch (error) {
      names = []
      warn(`the share cannot be listed: ${(error as Error).message}`)
    }
    // Without its mount the folder is a different, empty one.
    if (!names.includes(journalName(epoch))) {
      end = before
      uncertain = true
      lost = true
      throw new Unavailable('the folder of the journal is not there')
    }
    lost = false
    if (epochsIn(names)[0]! > (claimed?.epoch ?? epoch)) {
      await refuseOther()
      await stepDown()
      throw new Unavailable(replaced)
    }
  }

  /** A released journal lets the next process start at once. */
  async function stepDown() {
    role = 'replaced'
    try {
      // After a failed append the content is unknown: nothing may follow.
      if (!uncertain) await append(encode({ kind: 'released' }, { epoch, bytes: end }))
    } catch (error) {
      warn(`the share did not take the word of release: ${(error as Error).message}`)
    }
    await file!.close()
  }

  /** Whether the process of the newest epoch has released it, or has missed its heartbeats for long. */
  async function isGone(): Promise<boolean> {
    const newest = epochsIn(await share.list())[0] ?? 0
    // Our own claim, which was not completed.
    if (newest === epoch) return true
    const content = await share.read(aliveName(newest)).then(String, () => '')
    if (newest !== seen.epoch || content !== seen.content) seen = { epoch: newest, content, at: clock.now() }
    if (clock.now() - seen.at >= limits.takeOverPatienceMs) return true
    try {
      const head = await follow(Number.POSITIVE_INFINITY)
      return head?.epoch === newest && head.released
    } catch (error) {
      // The share may serve stale content; the takeover checks again.
      warn(`the journal could not be followed: ${(error as Error).message}`)
      return false
    }
  }
}

/** Rethrows the error as what it means for a write. */
function rethrow(Kind: typeof Unavailable): (error: Error) => never {
  return (error) => {
    throw new Kind(error instanceof Unavailable ? error.message : codeOf(error), { cause: error })
  }
}

/** The message without the path that Node.js includes. */
function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
