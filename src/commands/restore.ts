import { restore, restoreOver } from '../storage/copies.ts'

const usage = `Usage: taskapp restore FROM TO.db [--at 2026-12-24T18:00:00Z | --replace]
`

/**
 * `taskapp restore FROM TO.db [--at TIME | --replace]`: makes a file of tasks of a journal's folder, as it is or was, or
 * of a backup. `--replace` puts it in the place of a file that is there.
 */
export async function run(args: readonly string[]): Promise<number> {
  const [from, file, option, time, ...more] = args
  const until = option === '--at' && time !== undefined ? new Date(time) : undefined
  const replace = option === '--replace' && time === undefined
  const wellFormed = option === undefined || replace || (until && !Number.isNaN(until.getTime()))
  if (from === undefined || file === undefined || !wellFormed || more.length > 0) {
    process.stderr.write(usage)
    return 2
  }
  if (replace) await restoreOver(from, file)
  else await restore(from, file, until)
  process.stdout.write(`${file} has the tasks of ${from}${until ? ` as of ${until.toISOString()}` : ''}\n`)
  return 0
}
