/** More than the service can do: it says no in time, and serves who can be served. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { startApp } from './helpers/app.ts'
import { client, create } from './helpers/client.ts'
import { needs } from './helpers/needs.ts'
import { startTraced } from './helpers/trace.ts'
import { dial, type Wire } from './helpers/wire.ts'

const connections = 10_000
const isLinux = process.platform === 'linux'

suite('The service', () => {
  test(`serves others while ${connections} connections are idle or slow`, {
    skip: needs('files') || needs('proc'),
  }, async (t) => {
    await using app = await startApp()
    const before = residentMegabytes(app.process.pid!)
    const wires: Wire[] = []
    try {
      while (wires.length < connections)
        wires.push(...(await Promise.all(Array.from({ length: 100 }, (_, n) => open(app.url, n)))))
      const call = client(app.url)
      await Promise.all(Array.from({ length: 100 }, (_, n) => create(call, `task ${n}`)))
      for (let n = 1; n <= 100; n++) assert.equal((await call('GET', `/tasks/${n}`)).status, 200)
      const held = residentMegabytes(app.process.pid!)
      t.diagnostic(`${held} MB instead of ${before} MB`)
      assert.ok(held - before < 400, `${held} MB`)
    } finally {
      for (const wire of wires) wire[Symbol.dispose]()
    }
    assert.equal(await app.stop(), 0)
  })

  test('leaves connections for others, however many one address opens', {
    skip: needs('files') || (!isLinux && 'loopback has one address'),
  }, async () => {
    await using app = await startApp()
    const wires: Wire[] = []
    let closed = 0
    try {
      while (closed === 0) {
        const more = await Promise.all(Array.from({ length: 200 }, () => dial(app.url, '127.0.0.2')))
        for (const { socket } of more) socket.once('close', () => closed++)
        wires.push(...more)
      }
      const call = client(app.url)
      for (let n = 0; n < 50; n++) assert.equal((await call('GET', '/healthz')).status, 200)
      await create(call, 'Tea')
    } finally {
      for (const wire of wires) wire[Symbol.dispose]()
    }
  })

  test('refuses writes at once when the disk hangs, and reads meanwhile', {
    skip: needs('strace'),
  }, async () => {
    // Again and again, until one is refused.
    const slow = ['-e', 'trace=fsync', '-e', 'inject=fsync:delay_exit=4000000:when=8+4']
    await using app = await startTraced(slow)
    const call = client(app.url)
    let answered = 0
    let refused = 0
    const writes: Promise<void>[] = []
    const send = async () => {
      const { status, headers } = await call('POST', '/tasks', { json: { title: 'Tea' } })
      if (status === 201) answered++
      else {
        assert.equal(status, 503)
        assert.match(headers.get('retry-after')!, /^\d+$/)
        refused++
      }
    }
    // One after the other until the sync hangs; then more and more wait, until one is refused.
    while (refused === 0) {
      const before = answered
      writes.push(send())
      for (let reads = 0; reads < 20 && answered === before; reads++)
        assert.equal((await call('GET', '/tasks?limit=1')).status, 200)
    }
    assert.ok(answered < writes.length - refused, 'those that wait are not answered yet')
    await Promise.all(writes)
    assert.equal(answered + refused, writes.length)
    await send()
  })
})

/** A third has asked before, a third is in the midst of a request, and a third never says a word. */
async function open(url: string, number: number): Promise<Wire> {
  // As two clients, where loopback has more than one address.
  const wire = await dial(url, isLinux && number % 2 === 1 ? '127.0.0.2' : undefined)
  if (number % 3 === 1) wire.send('GET /tasks HTTP/1.1\r\nHo')
  if (number % 3 === 0) {
    wire.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await wire.reply()).status, 200)
  }
  return wire
}

/** What the process has of the machine's memory. */
function residentMegabytes(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024)
}
