import assert from 'node:assert/strict'

/**
 * What the first version of the service promised, byte for byte, at this address of the API: http://HOST:PORT or with
 * /api behind it. The list has to be empty, and is empty again afterwards.
 */
export async function assertSeed(api: string) {
  const ask = async (method: string, path: string, body?: string) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const answer = await fetch(`${api}${path}`, { method, headers, ...(body !== undefined && { body }) })
    return [answer.status, await answer.text()]
  }
  const health = new URL('/healthz', api).href
  assert.equal(await (await fetch(health)).text(), '{"status":"ok"}')
  assert.deepEqual(await ask('GET', '/tasks'), [200, '[]'])
  const [status, text] = await ask('POST', '/tasks', '{"title":"Learn BuildKit"}')
  const { id } = JSON.parse(String(text))
  const task = (done: boolean) => `{"id":${id},"title":"Learn BuildKit","done":${done}}`
  assert.deepEqual([status, text], [201, task(false)])
  assert.deepEqual(await ask('GET', '/tasks'), [200, `[${task(false)}]`])
  assert.deepEqual(await ask('GET', `/tasks/${id}`), [200, task(false)])
  for (const done of [true, false]) assert.deepEqual(await ask('PATCH', `/tasks/${id}`), [200, task(done)])
  assert.deepEqual(await ask('DELETE', `/tasks/${id}`), [204, ''])
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    const [gone, problem] = await ask(method, `/tasks/${id}`)
    assert.deepEqual([gone, JSON.parse(String(problem)).detail], [404, 'Task not found'])
  }
  for (const body of ['{}', '{"title":""}', '{"title":7}', `{"title":"${'a'.repeat(201)}"}`])
    assert.equal((await ask('POST', '/tasks', body))[0], 422, body)
  assert.deepEqual(await ask('GET', '/tasks'), [200, '[]'])
}
