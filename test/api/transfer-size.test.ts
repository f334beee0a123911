/**
 * That an import and an export need no more memory the more tasks there are. The usual count is small;
 * TRANSFER_COUNT=1000000 tries the one that the service promises.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { client } from '../helpers/client.ts'
import { needs } from '../helpers/needs.ts'

const count = Number(process.env['TRANSFER_COUNT'] ?? 60_000)
/** In MiB, for each thread: hardly more than the tasks of the usual count are as text, and a tenth of what a million are. */
const heap = 32

const task = (n: number) =>
  `{"title":"task ${n}","notes":"${'what there is to say of it '.repeat(8)}","due":"2026-12-24"}`

function* made(): Generator<Uint8Array> {
  yield Buffer.from('[')
  for (let n = 0; n < count; n += 100) {
    const tasks = Array.from({ length: Math.min(100, count - n) }, (_, index) => task(n + index))
    yield Buffer.from((n === 0 ? '' : ',\n') + tasks.join(',\n'))
  }
  yield Buffer.from(']')
}

test(`${count} tasks are imported and exported, as JSON and CSV, with a heap of ${heap} MiB`, {
  skip: needs('proc'),
}, async () => {
  await using app = await startApp({ entry: [`--max-old-space-size=${heap}`, 'src/main.ts'] })
  const memory = () =>
    Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${app.process.pid}/status`, 'utf8'))![1]) / 1_024
  const send = async (path: string, type: string, body: AsyncIterable<Uint8Array>) => {
    const headers = { 'Content-Type': type }
    const init = { method: 'POST', headers, body, duplex: 'half' as const }
    try {
      return await (await fetch(app.url + path, init)).text()
    } catch (error) {
      throw new Error(`the program wrote ${app.errors()}`, { cause: error })
    }
  }
  const before = memory()
  const answer = await send('/import', 'application/json', ReadableStream.from(made()))
  assert.equal(answer, `{"imported":${count}}`)

  let lines = 0
  const exported = await fetch(`${app.url}/export?format=csv`)
  for await (const chunk of exported.body!) for (const byte of chunk) if (byte === 0x0a) lines++
  assert.equal(lines, count + 1)

  const again = await fetch(`${app.url}/export?format=csv`)
  assert.equal(await send('/import', 'text/csv', again.body!), `{"imported":${count}}`)
  const last = await client(app.url)('GET', `/tasks?after=${2 * count - 1}`)
  assert.equal(
    last.text,
    `[{"id":${2 * count},${task(count - 1)
      .slice(1)
      .replace(',"notes"', ',"done":false,"notes"')}]`,
  )
  console.log(`${Math.round(before)} MiB before, at most ${Math.round(memory())} MiB`)
  assert.equal(app.process.exitCode, null)
})
