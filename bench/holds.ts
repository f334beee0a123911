/**
 * Does each operation ROUNDS times with a list of so many tasks, and prints of each the milliseconds that one turn of the event
 * loop took at most, a line of JSON.
 */
import { join } from 'node:path'
import { startApp } from '../test/helpers/app.ts'

const tasks = 100_000
await measure(Number(process.argv[2] ?? 1))

async function measure(rounds: number) {
  await using app = await startApp({
    entry: ['--import', join(import.meta.dirname, 'servers/holds.mjs'), 'dist/main.js'],
    env: { LOG_LEVEL: 'info', MAX_TASKS: '1000000' },
  })
  const line = (n: number) => ({
    title: `Task number ${n} of many`,
    notes: 'Bread, milk and tea. '.repeat(10),
    ...(n % 4 === 0 && { due: '2026-12-24' }),
  })
  const many = JSON.stringify(Array.from({ length: tasks }, (_, n) => line(n)))
  const call = async (method: string, path: string, body?: string) => {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(app.url + path, { method, ...(body && { headers, body }) })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`)
    return answer.text()
  }
  let count = 0
  const held = async () => {
    count++
    app.process.kill('SIGUSR2')
    const { ms } = await app.logged((each) => each.msg === 'held' && each['count'] === count)
    return Number(ms)
  }
  const operations: Readonly<Record<string, () => Promise<unknown>>> = {
    'GET /healthz': () => call('GET', '/healthz'),
    'POST /import of 100,000 tasks': () => call('POST', '/import', many),
    'GET /tasks, all of them': () => call('GET', '/tasks'),
    'GET /tasks?limit=100, half way': () => call('GET', `/tasks?limit=100&after=${tasks / 2}`),
    'GET /tasks?q=, words of all': () => call('GET', '/tasks?q=bread+milk&limit=100'),
    'GET /tasks?q=, words of none': () => call('GET', '/tasks?q=bread+nothing&limit=100'),
    'GET /tasks?due=, a quarter': () => call('GET', '/tasks?due=2026-12-31&limit=100'),
    'GET /export as JSON': () => call('GET', '/export'),
    'GET /export as CSV': () => call('GET', '/export?format=csv'),
    'four exports at once': () => Promise.all(Array.from({ length: 4 }, () => call('GET', '/export'))),
    'POST /tasks': () => call('POST', '/tasks', JSON.stringify(line(0))),
    'PATCH /tasks, all of them': () => call('PATCH', '/tasks', '{"done":true}'),
    'DELETE /tasks?done=true, all of them': () => call('DELETE', '/tasks?done=true'),
  }
  const figures: Record<string, number[]> = Object.fromEntries(
    Object.keys(operations).map((name) => [name, []]),
  )
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(operations)) {
      await held()
      await run()
      figures[name]!.push(await held())
    }
  console.log(JSON.stringify(figures))
}
