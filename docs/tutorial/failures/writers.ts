/** 64 clients write at once: `node docs/tutorial/failures/writers.ts`. */
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, serve } from '../smallest/server.ts'
import { newFolder, post, startTaskapp } from './start.ts'

const [clients, tasks] = [64, 5]
const folder = newFolder()

const server = serve(openStore(new DatabaseSync(join(folder, 'smallest.db')))).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as { port: number }
await write(`http://127.0.0.1:${port}`)
// Each insert is a transaction of its own.
console.log(`the smallest form: ${clients * tasks} tasks, ${clients * tasks} commits`)
server.close()

const taskapp = await startTaskapp(join(folder, 'taskapp.db'))
await write(taskapp.url)
const metrics = await (await fetch(`${taskapp.url}/metrics`)).text()
const [, commits] = /^taskapp_commit_writes_count (\d+)$/m.exec(metrics)!
console.log(`taskapp:           ${clients * tasks} tasks, ${commits} commits`)
await taskapp.end('SIGTERM')

async function write(url: string) {
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let task = 0; task < tasks; task++) await post(url, 'one of many')
    }),
  )
}
