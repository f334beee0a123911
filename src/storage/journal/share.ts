import { createReadStream } from 'node:fs'
import { copyFile, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { cannotSync } from '../folders.ts'

/** File operations on the share; decisions/006 says what the protocol assumes about each. */
export interface Share {
  /** The names of all files. */
  list(): Promise<readonly string[]>
  /** Creates a file exclusively; undefined if it exists. */
  create(name: string): Promise<ShareFile | undefined>
  /** The content from `from` up to `to`, through a fresh `open`. */
  read(name: string, from?: number, to?: number): Promise<Uint8Array>
  /** Replaces a small file that only this process writes. */
  overwrite(name: string, content: string): Promise<void>
  /** Uploads a local file, complete and synced or not at all. */
  publish(local: string, name: string): Promise<void>
  /** Downloads a file; returns its size and CRC-32. */
  fetch(name: string, local: string): Promise<Sum>
  remove(name: string): Promise<void>
}

export interface ShareFolder extends Share {
  /** Writes a text that explains the folder, unless it exists. */
  describe(): Promise<void>
}

export interface ShareFile {
  write(bytes: Uint8Array, at: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Sum {
  readonly bytes: number
  readonly crc: number
}

export function openShare(folder: string): ShareFolder {
  const path = (name: string) => join(folder, name)

  return {
    list: () => readdir(folder),
    async create(name) {
      const file = await open(path(name), 'wx').catch((error) => {
        if (error.code !== 'EEXIST') throw error
      })
      if (!file) return undefined
      await syncFolder()
      return {
        async write(bytes, at) {
          const { bytesWritten } = await file.write(bytes, 0, bytes.length, at)
          if (bytesWritten < bytes.length)
            throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written to ${name}`)
        },
        sync: () => file.datasync(),
        close: () => file.close(),
      }
    },
    async read(name, from = 0, to) {
      if (from === 0 && to === undefined) return readFile(path(name))
      const file = await open(path(name), 'r')
      try {
        const { size } = await file.stat()
        const bytes = Buffer.alloc(Math.max(0, Math.min(to ?? size, size) - from))
        const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
        return bytes.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    async overwrite(name, content) {
      const file = await open(path(name), 'w')
      await file.writeFile(content).finally(() => file.close())
    },
    async publish(local, name) {
      const temporary = `${name}.part`
      const file = await open(path(temporary), 'w')
      try {
        await pipeline(createReadStream(local, { highWaterMark: 1024 * 1024 }), async (chunks) => {
          for await (const chunk of chunks) await file.writeFile(chunk)
        })
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(path(temporary), path(name))
      await syncFolder()
    },
    async fetch(name, local) {
      await copyFile(path(name), local)
      return sumOf(local)
    },
    remove: (name) => rm(path(name), { force: true }),
    async describe() {
      await writeFile(path('README.txt'), description, { flag: 'wx' }).catch((error) => {
        if (error.code !== 'EEXIST') throw error
      })
    },
  }

  /** As in folders.ts, but asynchronous, since the share may take long. */
  async function syncFolder() {
    try {
      const handle = await open(folder, 'r')
      await handle.sync().finally(() => handle.close())
    } catch (error) {
      if (!cannotSync(error)) throw error
    }
  }
}

/** The same share, counting the bytes that are read. */
export function countReads(share: ShareFolder, onRead: (bytes: number) => void): ShareFolder {
  return {
    ...share,
    async read(...args) {
      const bytes = await share.read(...args)
      onRead(bytes.length)
      return bytes
    },
    async fetch(...args) {
      const sum = await share.fetch(...args)
      onRead(sum.bytes)
      return sum
    },
  }
}

const description = `This folder holds the tasks of taskapp (its setting DURABLE_DIR).

  snapshot-EPOCH-BYTES-CRC.db  everything at the beginning of an epoch: an SQLite file
  journal-EPOCH                every change since then, in the order of the epochs
  alive-EPOCH                  a sign of life of the process that writes
  *.part                       a snapshot that was not finished

Change, rename or remove nothing here; taskapp removes by itself what is older than
DURABLE_RETENTION_DAYS. A backup is a copy of the whole folder, taken at any time.

  taskapp verify DIR                          reads everything and tells whether it is sound
  taskapp restore DIR TO.db [--at 2026-12-24T18:00:00Z]   makes an SQLite file of it, as it is or was
`

/** The size and CRC-32 of a local file. */
export async function sumOf(file: string): Promise<Sum> {
  let bytes = 0
  let crc = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    bytes += chunk.length
    crc = crc32(chunk, crc)
  }
  return { bytes, crc }
}
