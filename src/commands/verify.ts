import { verify } from '../storage/copies.ts'

export const usage = `verify PATH
  Reads all of a file of tasks, of a folder of backups or of a journal's folder and tells whether it is sound.`
export const operands = 1

export async function run([path]: readonly string[]): Promise<number> {
  return (await verify(path!, (line) => process.stdout.write(`${line}\n`))) ? 0 : 1
}
