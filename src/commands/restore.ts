import { runJob } from '../progress.ts'

export const usage = `restore FROM TO.db [--at 2026-12-24T18:00:00Z | --replace]
  Makes a file of tasks of a journal's folder, as it is or was, or of a backup. --replace puts it in the place of a
  file that no program uses, and that aside.`
export const operands = 2
export const options = { at: { type: 'string' }, replace: { type: 'boolean' } } as const

export async function run(
  [from, file]: readonly string[],
  { at, replace }: { readonly at?: string; readonly replace?: boolean },
): Promise<number | undefined> {
  const until = at === undefined ? undefined : new Date(at)
  if (until && (replace || Number.isNaN(until.getTime()))) return undefined
  const files = { from: from!, to: file! }
  await runJob(replace ? { kind: 'replace', ...files } : { kind: 'restore', ...files, until })
  process.stdout.write(`${file} has the tasks of ${from}${until ? ` as of ${until.toISOString()}` : ''}\n`)
  return 0
}
