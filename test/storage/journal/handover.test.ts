/** The real program on one folder: rolled out, killed and frozen under load. `ROUNDS=200` makes more of each. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, suite, test } from 'node:test'
import { type RunningApp, runCommand, startApp } from '../../helpers/app.ts'
import { client, listAll } from '../../helpers/client.ts'
import { needs } from '../../helpers/needs.ts'
import { patience, until } from '../../helpers/until.ts'

const rounds = Number(process.env['ROUNDS'] ?? 2)

suite('With a journal, under load', () => {
  const folders: string[] = []
  const started: RunningApp[] = []
  const newFolder = () => {
    const folder = mkdtempSync(join(tmpdir(), 'taskapp-share-'))
    folders.push(folder)
    return folder
  }
  const start = async (share: string) => {
    const app = await startApp({ env: { DURABLE_DIR: share } })
    started.push(app)
    return app
  }
  afterEach(async () => {
    for (const app of started.splice(0)) {
      if (!needs('signals')) app.process.kill('SIGCONT')
      await app[Symbol.asyncDispose]()
    }
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
  })

  test('overlapping rollouts lose no acknowledged write', async (t) => {
    const share = newFolder()
    let current = await start(share)
    const load = startLoad(() => current.url)
    for (let round = 0; round < rounds; round++) {
      const before = current
      const next = await start(share)
      await ready(next)
      current = next
      await load.more()
      assert.equal(await before.stop(), 0)
    }
    await prove(share, current, load, t.diagnostic.bind(t))
  })

  test('killed processes lose no acknowledged write', async (t) => {
    const share = newFolder()
    let current = await start(share)
    const load = startLoad(() => current.url)
    for (let round = 0; round < rounds; round++) {
      await load.more()
      await current.stop('SIGKILL')
      current = await start(share)
      await ready(current)
    }
    await load.more()
    await prove(share, current, load, t.diagnostic.bind(t))
  })

  test('a process frozen, replaced and resumed acknowledges nothing more and does no harm', {
    skip: needs('signals'),
  }, async (t) => {
    const share = newFolder()
    let current = await start(share)
    const load = startLoad(() => current.url)
    for (let round = 0; round < Math.ceil(rounds / 4); round++) {
      await load.more()
      const frozen = current
      frozen.process.kill('SIGSTOP')
      const next = await start(share)
      await ready(next)
      current = next
      await load.more()
      frozen.process.kill('SIGCONT')
      const late = await post(frozen.url, 'too late', patience.waitMs)
      assert.equal(late?.status, 503)
      assert.ok(late.headers.get('retry-after'))
      await until('it has noticed', async () => (await fetch(`${frozen.url}/readyz`)).status === 503)
      assert.equal((await fetch(`${frozen.url}/healthz`)).status, 200)
      assert.equal((await fetch(`${frozen.url}/tasks?limit=1`)).status, 200)
      await frozen.stop()
    }
    await prove(share, current, load, t.diagnostic.bind(t))
  })

  async function prove(share: string, app: RunningApp, load: Load, say: (text: string) => void) {
    const acknowledged = await load.stop()
    say(`${acknowledged.length} acknowledged, longest pause ${load.longestPause().toFixed(0)} ms`)
    await app.stop()
    const { code, out } = await runCommand(['verify', share])
    assert.equal(code, 0, out)
    const last = await start(share)
    await ready(last)
    const titles = (await listAll(client(last.url))).map(({ title }) => title)
    const kept = new Set(titles)
    assert.equal(titles.length, kept.size, 'a task is there twice')
    assert.deepEqual(
      acknowledged.filter((title) => !kept.has(title)),
      [],
    )
  }
})

interface Load {
  /** Resolves when some more writes were acknowledged. */
  more(): Promise<void>
  /** Ends it and tells what was acknowledged. */
  stop(): Promise<string[]>
  /** Between two acknowledgements, in milliseconds. */
  longestPause(): number
}

/** Clients that create tasks one after the other, each with a key and as often as it takes, wherever the service is. */
function startLoad(url: () => string): Load {
  const acknowledged: string[] = []
  let running = true
  let count = 0
  let last = performance.now()
  let longest = 0
  const clients = Array.from({ length: 4 }, async () => {
    for (let title = `task ${++count}`; running; ) {
      const response = await post(url(), title)
      if (response?.status === 201) {
        acknowledged.push(title)
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
        title = `task ${++count}`
      } else assert.ok(response === undefined || response.status === 503, `status ${response?.status}`)
    }
  })
  return {
    async more() {
      const target = acknowledged.length + 20
      await until('more is acknowledged', () => acknowledged.length >= target)
    },
    async stop() {
      running = false
      await Promise.all(clients)
      return acknowledged
    },
    longestPause: () => longest,
  }
}

/** Undefined where there was no answer. A frozen server gives none, either: then it is sent again. */
async function post(url: string, title: string, waitMs = 1_000): Promise<Response | undefined> {
  try {
    const response = await fetch(`${url}/tasks`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': title.replace(' ', '-') },
      body: JSON.stringify({ title }),
      signal: AbortSignal.timeout(waitMs),
    })
    await response.arrayBuffer()
    return response
  } catch {
    return undefined
  }
}

async function ready(app: RunningApp) {
  await until('it is ready', async () => (await fetch(`${app.url}/readyz`)).status === 200)
}
