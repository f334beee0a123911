import { type Config, readConfig } from '../config.ts'
import { copy } from '../storage/copies.ts'

/**
 * `taskapp copy --from URL --to URL`: copies all tasks, what was deleted and the answers to keys from one DATABASE_URL to
 * another, and compares each row. `@FILE` for a URL that is in a file. Stop the service first.
 */
export async function run([from, source, to, target, ...more]: readonly string[]): Promise<number> {
  if (from !== '--from' || to !== '--to' || target === undefined || more.length > 0) {
    process.stderr.write('Usage: taskapp copy --from URL --to URL, where @FILE reads one from a file\n')
    return 2
  }
  const { tasks, deleted, answers } = await copy(databaseOf(source!), databaseOf(target))
  process.stdout.write(
    `copied ${tasks} tasks, ${deleted} deleted ones and ${answers} answers to keys; compared each\n`,
  )
  return 0
}

function databaseOf(text: string): Config['database'] {
  return readConfig(text.startsWith('@') ? { DATABASE_URL_FILE: text.slice(1) } : { DATABASE_URL: text })
    .database
}
