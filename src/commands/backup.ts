import { readConfig } from '../config.ts'
import { runJob } from '../progress.ts'

export const usage = `backup TO.db
  Makes a consistent copy of the tasks of DATABASE_URL or DURABLE_DIR, while the service writes.`
export const operands = 1

export async function run([file]: readonly string[]): Promise<number> {
  const { database, warnings } = readConfig(process.env)
  for (const warning of warnings) process.stderr.write(`taskapp: ${warning}\n`)
  await runJob({ kind: 'backup', database, to: file! })
  process.stdout.write(`${file} has the tasks\n`)
  return 0
}
