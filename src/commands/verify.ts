import { verify } from '../storage/copies.ts'

/** `taskapp verify PATH`: reads all of a journal's folder or of a file of tasks and tells whether it is sound. */
export async function run([path, ...more]: readonly string[]): Promise<number> {
  if (path === undefined || more.length > 0) {
    process.stderr.write('Usage: taskapp verify PATH\n')
    return 2
  }
  return (await verify(path, (line) => process.stdout.write(`${line}\n`))) ? 0 : 1
}
