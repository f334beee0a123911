import { readConfig } from '../config.ts'
import { backupFile, restore } from '../storage/journal/inspect.ts'

/** `taskapp backup TO.db`: a consistent copy of the tasks of DATABASE_URL or DURABLE_DIR, while the service writes. */
export async function run([file, ...more]: readonly string[]): Promise<number> {
  if (file === undefined || more.length > 0) {
    process.stderr.write('Usage: taskapp backup TO.db\n')
    return 2
  }
  const { database } = readConfig(process.env)
  if (database.durable) await restore(database.durable.folder, file)
  else await backupFile(database.file, file)
  process.stdout.write(`${file} has the tasks\n`)
  return 0
}
