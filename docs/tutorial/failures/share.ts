/**
 * Two processes that write to one SQLite file where neither sees the other's locks, as on a network share that is mounted
 * with `nobrl`: `node docs/tutorial/failures/share.ts`. SQLite's `nolock=1` does the same to a file on any disk.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { openStore, serve } from '../smallest/server.ts'
import { newFolder, post, start, startTaskapp } from './start.ts'

const [, , file] = process.argv
if (file === undefined) await compare()
else {
  const url = new URL(pathToFileURL(file))
  url.searchParams.set('nolock', '1')
  const server = serve(openStore(new DatabaseSync(url))).listen(0, '127.0.0.1', () => {
    const { port } = server.address() as { port: number }
    console.log(`http://127.0.0.1:${port}`)
  })
}

async function compare() {
  const folder = newFolder()
  const shared = join(folder, 'shared.db')
  // The first one makes the table.
  const old = await start([import.meta.filename, shared])
  const young = await start([import.meta.filename, shared])
  await tell('one file', () => titlesIn(shared), old.url, young.url)
  for (const service of [old, young]) await service.end('SIGKILL')

  const share = join(folder, 'share')
  mkdirSync(share)
  const journaled = (name: string) => startTaskapp(join(folder, name), { DURABLE_DIR: share })
  const [first, second] = [await journaled('first.db'), await journaled('second.db')]
  await tell('a journal each', () => titlesAt(second.url), first.url, second.url)
  for (const service of [first, second]) await service.end('SIGTERM')
}

/** Writes to all at once, a hundred tasks each, and tells what became of those that were acknowledged. */
async function tell(name: string, titles: () => Promise<Set<string>>, ...urls: readonly string[]) {
  const acknowledged: string[] = []
  await Promise.all(
    urls.map(async (url, process) => {
      for (let task = 0; task < 100; task++) {
        const title = `task ${task} of process ${process}`
        if ((await post(url, title)) === 201) acknowledged.push(title)
      }
    }),
  )
  let end: string
  try {
    const kept = await titles()
    const lost = acknowledged.filter((title) => !kept.has(title)).length
    end = lost > 0 ? `${lost} of them are gone` : 'none is gone'
  } catch (error) {
    end = `all of them are gone: ${(error as Error).message}`
  }
  console.log(`${name}: ${acknowledged.length} acknowledged, ${end}`)
}

async function titlesIn(file: string): Promise<Set<string>> {
  const rows = new DatabaseSync(file, { readOnly: true }).prepare('select title from tasks').all()
  return new Set(rows.map(({ title }) => String(title)))
}

async function titlesAt(url: string): Promise<Set<string>> {
  const tasks = (await (await fetch(`${url}/tasks`)).json()) as { title: string }[]
  return new Set(tasks.map(({ title }) => title))
}
