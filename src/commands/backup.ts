import { readConfig } from '../config.ts'
import { backUp } from '../storage/copies.ts'

/** `taskapp backup TO.db`: a consistent copy of the tasks of DATABASE_URL or DURABLE_DIR, while the service writes. */
export async function run([file, ...more]: readonly string[]): Promise<number> {
  if (file === undefined || more.length > 0) {
    process.stderr.write('Usage: taskapp backup TO.db\n')
    return 2
  }
  await backUp(readConfig(process.env).database, file)
  process.stdout.write(`${file} has the tasks\n`)
  return 0
}
