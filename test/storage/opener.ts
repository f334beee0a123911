/** A program that does what it is told with a database, in a process of its own: locks are a process's. */
import type { DatabaseSync } from 'node:sqlite'
import { replaceFile } from '../../src/storage/sqlite/schema/copies.ts'
import { openDatabase } from '../../src/storage/sqlite/schema/open.ts'

/** Opens a file, adds a task and closes it, for each title; or puts `from` in the place of the file. */
export type Order = { readonly file: string } & (
  | { readonly titles: readonly string[] }
  | { readonly from: string }
)

process.on('message', (order: Order) => {
  try {
    if ('from' in order) restore(order.from, order.file)
    else for (const title of order.titles) add(openDatabase(order.file), title)
    process.send!('done')
  } catch (error) {
    process.send!((error as Error).message)
  }
})
process.send!('ready')

/** As soon as no program has the file open. */
function restore(from: string, file: string) {
  for (;;) {
    try {
      return replaceFile(from, file)
    } catch (error) {
      if (!/a program uses it|is there already/.test(String(error))) throw error
    }
  }
}

function add(db: DatabaseSync, title: string) {
  db.prepare('insert into tasks (title, created, updated) values (?, 1, 1)').run(title)
  db.close()
}
