import { restore } from '../storage/journal/inspect.ts'

/** `taskapp restore DIR TO.db [--at TIME]`: makes an SQLite file of a journal, as it is or was. */
export async function run(args: readonly string[]): Promise<number> {
  const [folder, file, option, time] = args
  const until = option === '--at' && time !== undefined ? new Date(time) : undefined
  const wellFormed = args.length === 2 || (args.length === 4 && until && !Number.isNaN(until.getTime()))
  if (folder === undefined || file === undefined || !wellFormed) {
    process.stderr.write('Usage: taskapp restore DIR TO.db [--at 2026-12-24T18:00:00Z]\n')
    return 2
  }
  await restore(folder, file, until)
  process.stdout.write(`${file} has the tasks of ${folder}${until ? ` as of ${until.toISOString()}` : ''}\n`)
  return 0
}
