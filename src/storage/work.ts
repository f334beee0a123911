/** What work that takes long tells while it is done. The thread that does it for a command listens. */
export const work = {
  /** Before a file or folder is made that is only a step to the result: who ends the work early removes it. */
  scratch(_path: string) {},
  /** How far it is, in a few words. */
  progress(_text: string) {},
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
