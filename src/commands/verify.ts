import { runJob } from '../progress.ts'

export const usage = `verify PATH
  Reads all of a file of tasks, of a folder of backups or of a journal's folder and tells whether it is sound.`
export const operands = 1

export async function run([path]: readonly string[]): Promise<number> {
  return (await runJob({ kind: 'verify', path: path! })) ? 0 : 1
}
