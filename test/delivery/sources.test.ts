/** The sources run in place, whatever the folder's name, and follow changes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { root } from '../helpers/app.ts'
import { client, create, listAll } from '../helpers/client.ts'
import { until } from '../helpers/until.ts'

const home = mkdtempSync(join(tmpdir(), 'taskapp-sources-'))
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 10 }))
/** Spaces and characters with a meaning in URLs. Windows allows no question mark. */
const checkout = join(home, process.platform === 'win32' ? 'my tasks #1 %20' : 'my tasks #1? %20')
for (const part of ['package.json', 'tsconfig.json', 'scripts', 'src', 'web'])
  cpSync(join(root, part), join(checkout, part), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'), 'junction')

/** Whether there are groups of processes. */
const groups = process.platform !== 'win32'

/** Runs a script of package.json until its service listens; its output is in `said`. */
async function start(script: string) {
  const port = await freePort()
  const { NODE_V8_COVERAGE: _, ...env } = process.env
  const child = spawn(process.execPath, [join(checkout, 'scripts/run.cjs'), script], {
    cwd: checkout,
    env: { ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // As a terminal does.
    detached: groups,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const url = `http://127.0.0.1:${port}`
  const text = async (path: string) => (await fetch(url + path)).text()
  await until(`${script} serves`, async () => {
    assert.equal(child.exitCode, null, said)
    return (await fetch(`${url}/healthz`)).ok
  })
  return { child, url, text, said: () => said }
}

async function end(child: ChildProcess) {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

/** What a terminal does: the signal goes to every process of the group. */
async function pressCtrlC(child: ChildProcess) {
  const exited = once(child, 'exit')
  process.kill(-child.pid!, 'SIGINT')
  const [code] = await exited
  return code
}

test('npm start builds and serves page and API, and exits with its own process', async () => {
  const { child, url, text, said } = await start('start')
  assert.match(await text('/'), /<html[^>]* data-version="\w+"/)
  await create(client(`${url}/api`), 'Tea')
  assert.equal((await listAll(client(`${url}/api`))).length, 1)
  if (groups) {
    assert.equal(await pressCtrlC(child), 0)
    assert.match(said(), /"stopped"/)
  } else await end(child)
  await assert.rejects(fetch(url))
  assert.ok(readFileSync(join(checkout, 'data/tasks.db')).length > 0)
})

suite('npm run dev', () => {
  let dev: Awaited<ReturnType<typeof start>>
  before(async () => {
    dev = await start('dev')
  })
  after(() => end(dev.child))

  const shows = (path: string, what: string) =>
    until(`${path} has ${what}`, async () => (await dev.text(path)).includes(what))
  /** The file with a hash in its name that the document names now. */
  const pageShows = (file: RegExp, what: string) =>
    until(`${file} has ${what}`, async () => {
      const [name] = file.exec(await dev.text('/')) ?? assert.fail(`The document names no ${file}`)
      return (await dev.text(`/${name}`)).includes(what)
    })
  const [script, styles] = [/main-\w+\.js/, /page-\w+\.css/]
  const append = (file: string, text: string) => appendFileSync(join(checkout, file), text)

  test('follows the styles', async () => {
    append('web/styles/page.css', '\n.just-now { color: rebeccapurple }\n')
    await pageShows(styles, '.just-now')
  })

  test('follows the service worker', async () => {
    append('web/service-worker/service-worker.ts', `\nself.addEventListener('just-now', () => {})\n`)
    await shows('/service-worker.js', 'just-now')
  })

  test('follows the page, and keeps the last good build if it does not compile', async () => {
    append('web/src/main.ts', `\ndocument.title += 'first change'\n`)
    await pageShows(script, 'first change')
    append('web/src/main.ts', `\nconst wrong: number = 'second change'\n`)
    await until('tsc says so', () => dev.said().includes('TS2322'))
    await pageShows(script, 'first change')
    const main = join(checkout, 'web/src/main.ts')
    writeFileSync(main, readFileSync(main, 'utf8').replace("const wrong: number = 'second change'", ''))
    append('web/public/robots.txt', '# third change\n')
    await shows('/robots.txt', 'third change')
  })

  test('follows the server', async () => {
    const file = join(checkout, 'src/version.ts')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll("'sources'", "'changed'"))
    await shows('/api/version', 'changed')
  })

  if (groups)
    test('finishes open requests on Ctrl+C before it exits', async () => {
      const headers = { 'content-type': 'application/json', 'content-length': '15', expect: '100-continue' }
      const sent = request(`${dev.url}/api/tasks`, { method: 'POST', headers })
      const answered = once(sent, 'response')
      sent.flushHeaders()
      await once(sent, 'continue')
      const exited = pressCtrlC(dev.child)
      await until('the stop has begun', () => dev.said().includes('"stopping"'))
      sent.end('{"title":"Tea"}')
      assert.equal((await answered)[0].statusCode, 201)
      assert.equal(await exited, 0)
      assert.match(dev.said(), /"stopped"[^\n]*\n$/)
    })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
