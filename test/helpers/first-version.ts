import assert from 'node:assert/strict'
import { client } from './client.ts'

/** What clients of the first version rely on, byte for byte, at this address of the API, whose list is new. */
export async function assertFirstVersion(api: string) {
  const call = client(api)
  const json = async (method: string, path: string, body?: object) => {
    const { status, headers, text } = await call(method, path, { json: body })
    return [status, headers.get('content-type'), text]
  }
  const type = 'application/json'
  assert.deepEqual(await json('GET', '/healthz'), [200, type, '{"status":"ok"}'])
  assert.deepEqual(await json('GET', '/tasks'), [200, type, '[]'])
  const task = '{"id":1,"title":"Learn BuildKit","done":false}'
  assert.deepEqual(await json('POST', '/tasks', { title: 'Learn BuildKit' }), [201, type, task])
  assert.deepEqual(await json('GET', '/tasks'), [200, type, `[${task}]`])
  assert.deepEqual(await json('PATCH', '/tasks/1'), [200, type, task.replace('false', 'true')])
  assert.deepEqual(await json('PATCH', '/tasks/1'), [200, type, task])
  assert.deepEqual(await json('DELETE', '/tasks/1'), [204, null, ''])
  assert.deepEqual(await json('GET', '/tasks'), [200, type, '[]'])
  for (const [method, path] of [
    ['PATCH', '/tasks/1'],
    ['DELETE', '/tasks/1'],
    ['PATCH', '/tasks/99'],
  ] as const) {
    const [status, , text] = await json(method, path)
    assert.equal(status, 404)
    assert.equal(JSON.parse(String(text)).detail, 'Task not found')
  }
  assert.equal((await json('POST', '/tasks', {}))[0], 422)
  const [, , next] = await json('POST', '/tasks', { title: 'Learn Compose' })
  assert.equal(next, '{"id":2,"title":"Learn Compose","done":false}')
}
