import { limits } from '../../limits.ts'
import { Unavailable, Uncertain } from '../../tasks/errors.ts'
import { encode, format, type Header, type Record } from './frames.ts'
import { catchUp, type Head, holds, type Link, type Replica, readHeader } from './history.ts'
import type { Origin } from './leftovers.ts'
import { aliveName, epochsIn, journalName, replaced, snapshotName } from './names.ts'
import type { Share, ShareFile } from './share.ts'

export interface Clock {
  /** Milliseconds since some moment, never going back. */
  now(): number
  sleep(ms: number): Promise<void>
}

export type Role = 'starting' | 'writer' | 'replaced'

/** The protocol of decisions/006, for one process. Its methods must not be called while another one is under way. */
export interface Journal {
  readonly role: Role
  /** The newest epoch that it began. */
  readonly origin: Origin
  /** Bytes that a process that starts now would have to replay. */
  readonly sinceSnapshot: number
  /** Becomes the writer, or 'replaced' if another was faster. Throws when the folder cannot be used. */
  takeOver(): Promise<void>
  /**
   * Puts what the replica's open transaction did on the share, then calls `commit`. Throws `Unavailable` where it did
   * neither, and `Uncertain` where the share may have it.
   */
  write(record: Record | undefined, commit: () => void): Promise<void>
  /** Looks whether there is a newer epoch, and steps down then; once replaced, whether its process is gone. */
  watch(): Promise<void>
  /** Says that the process lives. May be called at any time. */
  beat(): Promise<void>
  /** Pins a snapshot; what it returns puts it on the share, and may be under way beside all the rest. */
  snapshot(): Promise<() => Promise<void>>
  /** Never acknowledges again. */
  release(): Promise<void>
  /** Whether the folder has all that was acknowledged here. */
  isSafe(): Promise<boolean>
}

/** Enough to tell one journal from another: a header has its time, its parent and a checksum. */
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
  /** The beginning of our own journal, which no other folder has, and when that was. */
  let beginning: Uint8Array = new Uint8Array()
  let began = 0
  /** What counts of our own journal. */
  let end = 0
  /** Whether nothing may be appended any more: an append failed, or the next epoch is claimed. */
  let uncertain = false
  /** A claimed epoch whose header could not be written yet. */
  let claimed: { epoch: number; file: ShareFile } | undefined
  let sinceSnapshot = 0
  let beats = 0
  /** Whether the folder was not ours when it was last looked at. */
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
      // In a folder that is not ours it would be a file too many.
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
      // Who came after has it.
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
      // The bulk first, before the writer that may be there is disturbed.
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

  /** A newer process came while this one took over. */
  function isReplaced() {
    return role === 'replaced'
  }

  /**
   * Follows the history until `enough`, or else once more after so many milliseconds. Before that time is over the
   * share may show a journal shorter than one that goes on from it says: what fails then is tried again.
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
        // The copy may have a record that was never synced and has vanished since.
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

  /** Throws where the folder is another one, with a journal of its own. */
  async function refuseOther() {
    const there = await share.read(journalName(epoch), 0, beginning.length).catch(() => new Uint8Array())
    lost = Buffer.compare(there, beginning) !== 0
    if (!lost) return
    uncertain = true
    throw new Unavailable('the folder of the journal is not there')
  }

  /** Whether the last commit failed after its record was on the share. */
  function isBehind() {
    return replica.position?.epoch !== epoch || replica.position.bytes < end
  }

  /** The next epoch's file, ours alone. */
  async function claim() {
    for (let next = (epochsIn(await share.list())[0] ?? 0) + 1; ; next++) {
      const made = await share.create(journalName(next))
      if (!made) continue
      epoch = next
      end = 0
      return { epoch: next, file: made }
    }
  }

  /** Goes on in the next epoch. No wait is needed: only we could have acknowledged in this one. */
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
      // Its header says how much of this journal counts, and may be seen from now on: nothing more may go here.
      uncertain = true
    }
    const behind = isBehind()
    const old = file
    await begin(claimed, { parent: { epoch, bytes: end }, takenTo: { epoch, bytes: end }, taken: undefined })
    claimed = undefined
    uncertain = false
    await old?.close()
    // What is behind follows its own way: the parent's end is where the copy's way leads as well.
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

  /** Throws where a newer epoch is, or where the folder cannot be looked at: then only `before` counts. */
  async function check(before: number) {
    let names: readonly string[]
    try {
      names = await share.list()
    } catch (error) {
      names = []
      warn(`the share cannot be listed: ${(error as Error).message}`)
    }
    // Without its mount the folder is another one, and empty.
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

  /** The word never to acknowledge again lets the next one begin at once. */
  async function stepDown() {
    role = 'replaced'
    try {
      // Behind an append that failed stands nobody knows what: nothing may follow it.
      if (!uncertain) await append(encode({ kind: 'released' }, { epoch, bytes: end }))
    } catch (error) {
      warn(`the share did not take the word of release: ${(error as Error).message}`)
    }
    await file!.close()
  }

  /** Whether the process with the newest epoch has released it, or has given no sign of life for long. */
  async function isGone(): Promise<boolean> {
    const newest = epochsIn(await share.list())[0] ?? 0
    // A claim of our own that came to nothing.
    if (newest === epoch) return true
    const content = await share.read(aliveName(newest)).then(String, () => '')
    if (newest !== seen.epoch || content !== seen.content) seen = { epoch: newest, content, at: clock.now() }
    if (clock.now() - seen.at >= limits.takeOverPatienceMs) return true
    try {
      const head = await follow(Number.POSITIVE_INFINITY)
      return head?.epoch === newest && head.released
    } catch (error) {
      // The share may show old content; who takes over looks again.
      warn(`the journal could not be followed: ${(error as Error).message}`)
      return false
    }
  }
}

/** Throws it anew as what it means for a write. */
function rethrow(Kind: typeof Unavailable): (error: Error) => never {
  return (error) => {
    throw new Kind(error instanceof Unavailable ? error.message : codeOf(error), { cause: error })
  }
}

/** Without the path that Node.js tells with it. */
function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
