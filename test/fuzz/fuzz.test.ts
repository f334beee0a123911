/** The short form of `npm run fuzz`. FUZZ_SEED=… sets another seed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'
import { openModel } from './model.ts'
import type { Reply } from './pipeline.ts'
import type { Request } from './requests.ts'
import { modelRound, nonsenseRound, showsFault, shrink } from './rounds.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 1)

test('4,000 random requests in sequence get the responses, and leave the tasks, that a model predicts', {
  skip: needs('resets'),
}, async () => {
  await using app = await startApp({ env: { DATABASE_URL: 'sqlite:///:memory:' } })
  await modelRound(app.url, seed, 4_000)
  assertSound(app)
})

test('1,000 malformed inputs between valid requests do no harm', {
  skip: needs('resets'),
}, async () => {
  await using app = await startApp()
  await modelRound(app.url, seed, 500)
  await nonsenseRound(app.url, seed, 1_000)
  assertSound(app)
})

function assertSound({ log, errors }: Awaited<ReturnType<typeof startApp>>) {
  assert.deepEqual(
    log.filter(({ level, status }) => level === 'error' || Number(status) >= 500),
    [],
    `FUZZ_SEED=${seed}`,
  )
  assert.equal(errors(), '')
}

test('the model finds lost, duplicated, changed and misplaced tasks, and a failure is shrunk to a minimal case', async () => {
  const post = request('POST', '/tasks', '{"title":"a"}')
  const list = request('GET', '/tasks')
  const created: Reply = { status: 201, body: '{"id":1,"title":"a","done":false}', close: false }
  for (const body of [
    '[]',
    '[{"id":1,"title":"b","done":false}]',
    '[{"id":1,"title":"a","done":false},{"id":2,"title":"a","done":false}]',
  ]) {
    const model = openModel()
    model.check(post, created)
    assert.throws(() => model.check(list, { status: 200, body, close: false }), body)
  }
  const model = openModel()
  model.check(post, created)
  assert.throws(() => model.check(post, created), /id 1 after 1/)
  assert.throws(() => model.check(list, { status: 500, body: '', close: false }), /status 500/)

  const [bad, good] = [request('GET', '/bad'), request('GET', '/good')]
  const many = Array.from({ length: 100 }, (_, n) => (n === 17 || n === 60 ? bad : good))
  const least = await shrink(many, async (requests) => requests.filter((one) => one === bad).length === 2)
  assert.deepEqual(least, [bad, bad])
})

test('a service that loses a write fails', async () => {
  const lost: Request[] = [request('POST', '/tasks', '{"title":"a"}'), request('DELETE', '/tasks/1')]
  await using app = await startApp({ env: { DATABASE_URL: 'sqlite:///:memory:' } })
  assert.equal(await showsFault(app.url, [...lost, request('GET', '/tasks')]), false)
  // The model is new, the service is not.
  const body = JSON.stringify({ title: 'unknown to the model' })
  await fetch(`${app.url}/tasks`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  assert.equal(await showsFault(app.url, [request('GET', '/tasks')]), true)
})

function request(method: string, target: string, text = ''): Request {
  const body = Buffer.from(text)
  const head = `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return { method, target, fields: [['Host', 'a']], body, bytes: Buffer.concat([Buffer.from(head), body]) }
}
