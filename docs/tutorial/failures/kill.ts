/**
 * Acknowledges a hundred tasks, is ended by kill -9, and counts what is kept and how often the disk was told to keep it:
 * `node docs/tutorial/failures/kill.ts`. Needs strace, which counts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, type Store, serve, type Task } from '../smallest/server.ts'
import { newFolder, post, start, startTaskapp } from './start.ts'

const ways: Record<string, (db: DatabaseSync) => Store> = {
  'answer first, save later': (db) => later(openStore(db)),
  'synchronous = off': (db) => {
    db.exec('pragma synchronous = off')
    return openStore(db)
  },
  'the smallest form': openStore,
}

const [, , way, file] = process.argv
if (way === undefined || file === undefined) await compare()
else {
  const server = serve(ways[way]!(new DatabaseSync(file))).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    console.log(`http://127.0.0.1:${port}`)
  })
}

/** What is fast: the answer does not wait for the disk. */
function later(store: Store): Store {
  const waiting: string[] = []
  setInterval(() => waiting.splice(0).forEach(store.create), 3_600_000)
  return { ...store, create: (title): Task => ({ id: waiting.push(title), title, done: false }) }
}

async function compare() {
  const folder = newFolder()
  console.log('                          acknowledged  kept  syncs')
  for (const [at, name] of [...Object.keys(ways), 'taskapp'].entries()) {
    const [file, trace] = [join(folder, `${at}.db`), join(folder, `${at}.trace`)]
    const strace = ['strace', '-D', '-f', '--seccomp-bpf', '-o', trace, '-e', 'trace=fsync,fdatasync']
    const service =
      name === 'taskapp'
        ? await startTaskapp(file, {}, strace)
        : await start([import.meta.filename, name, file], {}, strace)
    const syncs = () => readFileSync(trace, 'utf8').match(/= 0$/gm)?.length ?? 0
    const before = syncs()
    let acknowledged = 0
    for (let task = 0; task < 100; task++)
      if ((await post(service.url, `task ${task}`)) === 201) acknowledged++
    await service.end('SIGKILL')
    const db = new DatabaseSync(file)
    const kept = Number(db.prepare('select count(*) as kept from tasks').get()!['kept'])
    db.close()
    const numbers = [
      [acknowledged, 12],
      [kept, 6],
      [syncs() - before, 7],
    ] as const
    console.log(name.padEnd(26) + numbers.map(([number, width]) => String(number).padStart(width)).join(''))
  }
}
