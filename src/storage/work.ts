/** Hooks for progress of long work, set by the thread that runs it for a command. */
export const work = {
  /** Called before a temporary file or folder is made, which must be removed if the work is aborted. */
  scratch(_path: string) {},
  /** The progress, in a few words. */
  progress(_text: string) {},
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
