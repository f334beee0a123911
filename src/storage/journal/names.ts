import type { Sum } from './share.ts'

/** File names in the folder. Epochs have leading zeros, so that listings are sorted. */
export const journalName = (epoch: number) => `journal-${digits(epoch)}`
export const aliveName = (epoch: number) => `alive-${digits(epoch)}`
export const snapshotName = (epoch: number, { bytes, crc }: Sum) =>
  `snapshot-${digits(epoch)}-${bytes}-${crc.toString(16).padStart(8, '0')}.db`

/** The epochs of the journals, the newest first. */
export const epochsIn = (names: readonly string[]) => epochsOf('journal', names)

export function epochsOf(kind: 'journal' | 'alive', names: readonly string[]): number[] {
  return names
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => Number(/^[a-z]+-(\d{10})$/.exec(name)?.[1]))
    .filter((epoch) => epoch > 0)
    .sort((a, b) => b - a)
}

export interface SnapshotFile extends Sum {
  readonly name: string
  readonly epoch: number
}

/** The snapshots, the newest first. */
export function snapshotsIn(names: readonly string[]): SnapshotFile[] {
  return names
    .flatMap((name) => {
      const [, epoch, bytes, crc] = /^snapshot-(\d{10})-(\d+)-([\da-f]{8})\.db$/.exec(name) ?? []
      return crc ? [{ name, epoch: Number(epoch), bytes: Number(bytes), crc: Number.parseInt(crc, 16) }] : []
    })
    .sort((a, b) => b.epoch - a.epoch)
}

function digits(epoch: number): string {
  return String(epoch).padStart(10, '0')
}

/** Why writes are refused once there is a newer epoch. */
export const replaced = 'another process has taken over the journal'
