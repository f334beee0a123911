import { verify } from '../storage/journal/inspect.ts'

/** `taskapp verify DIR`: reads everything in the folder of a journal and tells whether it is sound. */
export async function run([folder, ...more]: readonly string[]): Promise<number> {
  if (folder === undefined || more.length > 0) {
    process.stderr.write('Usage: taskapp verify DIR\n')
    return 2
  }
  return (await verify(folder, (line) => process.stdout.write(`${line}\n`))) ? 0 : 1
}
