import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { openStore, serve } from './server.ts'

const server = serve(openStore(new DatabaseSync(':memory:')))
let url: string
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

async function call(method: string, path: string, body?: string) {
  const answer = await fetch(url + path, { method, ...(body !== undefined && { body }) })
  return `${answer.status} ${await answer.text()}`
}

test('a task is created, listed, done, not done and deleted', async () => {
  assert.equal(await call('GET', '/tasks'), '200 []')
  assert.equal(await call('POST', '/tasks', '{"title":" Tea "}'), '201 {"id":1,"title":"Tea","done":false}')
  assert.equal(await call('PATCH', '/tasks/1'), '200 {"id":1,"title":"Tea","done":true}')
  assert.equal(await call('PATCH', '/tasks/1'), '200 {"id":1,"title":"Tea","done":false}')
  assert.equal(await call('GET', '/tasks'), '200 [{"id":1,"title":"Tea","done":false}]')
  assert.equal(await call('DELETE', '/tasks/1'), '204 ')
  assert.equal(await call('DELETE', '/tasks/1'), '404 {"status":404,"detail":"Task not found"}')
})

test('an id is never given twice', async () => {
  const { id } = JSON.parse((await call('POST', '/tasks', '{"title":"Last"}')).slice(4))
  await call('DELETE', `/tasks/${id}`)
  assert.equal(JSON.parse((await call('POST', '/tasks', '{"title":"Next"}')).slice(4)).id, id + 1)
})

test('what makes no sense is refused, and the next request is served', async () => {
  assert.match(await call('POST', '/tasks', '{"title":'), /^400 /)
  for (const body of ['{}', '[]', 'null', '{"title":7}', '{"title":" "}', `{"title":"${'x'.repeat(201)}"}`])
    assert.match(await call('POST', '/tasks', body), /^422 /)
  assert.match(await call('GET', '/nothing'), /^404 /)
  assert.match(await call('PUT', '/tasks'), /^405 .*GET, POST/)
  assert.equal(await call('GET', '/healthz'), '200 {"status":"ok"}')
})
