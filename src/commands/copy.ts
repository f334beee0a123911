import { type Config, readConfig } from '../config.ts'
import { runJob } from '../progress.ts'
import type { Copied } from '../storage/postgres/copy.ts'

export const usage = `copy --from URL --to URL
  Copies all tasks, what was deleted and the answers to keys from one DATABASE_URL to another, and compares each row.
  @FILE reads a URL from a file. Stop the service first. What was interrupted goes on when it is run again.`
export const operands = 0
export const options = { from: { type: 'string' }, to: { type: 'string' } } as const

export async function run(
  _: readonly string[],
  { from, to }: { readonly from?: string; readonly to?: string },
): Promise<number | undefined> {
  if (!from || !to) return undefined
  const copied = await runJob({ kind: 'copy', from: databaseOf(from), to: databaseOf(to) })
  const rows = Object.entries(copied as Copied).map(
    ([table, count]) => `${count} ${table.replaceAll('_', ' ')}`,
  )
  process.stdout.write(`copied ${rows.join(', ')}; compared each\n`)
  return 0
}

function databaseOf(text: string): Config['database'] {
  return readConfig(text.startsWith('@') ? { DATABASE_URL_FILE: text.slice(1) } : { DATABASE_URL: text })
    .database
}
