import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { client, create, type Problem, parse } from '../helpers/client.ts'

suite('A list that is full', () => {
  test('refuses new tasks and imports with the reason, and accepts changes and deletions', async () => {
    await using app = await startApp({ env: { MAX_TASKS: '2' } })
    const call = client(app.url)
    const [tea, milk] = [await create(call, 'Tea'), await create(call, 'Milk')]
    for (const answer of [
      await call('POST', '/tasks', { json: { title: 'Bread' } }),
      await call('POST', '/import', { json: [{ title: 'Bread' }] }),
    ]) {
      assert.equal(answer.status, 507)
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      assert.match(parse<Problem>(answer).detail, /as many tasks as it may.*MAX_TASKS/)
      assert.equal(parse<Problem>(answer).type, 'urn:problem-type:taskapp:full')
    }
    assert.equal((await call('PATCH', `/tasks/${tea.id}`, { json: { title: 'Green tea' } })).status, 200)
    assert.equal((await call('DELETE', `/tasks/${milk.id}`)).status, 204)
    assert.equal((await call('POST', '/tasks', { json: { title: 'Bread' } })).status, 201)
    assert.equal(app.log.filter(({ level }) => level === 'error').length, 0, 'nothing is wrong here')
  })

  test('is announced beforehand by readiness and by the metrics', async () => {
    await using app = await startApp({ env: { MAX_TASKS: '10', MAX_DATABASE_MB: '100' } })
    const call = client(app.url)
    for (let n = 0; n < 9; n++) {
      assert.doesNotMatch((await call('GET', '/readyz')).text, /MAX_TASKS/, `with ${n} tasks`)
      await create(call, 'Tea')
    }
    let text = ''
    while (!text.includes('MAX_TASKS')) {
      await call('PATCH', '/tasks', { json: { done: true } })
      text = (await call('GET', '/readyz')).text
    }
    assert.match(text, /9 of at most 10 tasks.*MAX_TASKS/)
    const figures = (await call('GET', '/metrics')).text
    assert.match(figures, /^taskapp_tasks 9$/m)
    assert.match(figures, /^taskapp_tasks_max 10$/m)
    assert.match(figures, /^taskapp_kept_bytes_max 104857600$/m)
  })

  test('is announced at the start as well, before any write', async () => {
    await using app = await startApp({ env: { MAX_TASKS: '1' } })
    const { folder } = app
    await create(client(app.url), 'Tea')
    await app.stop()
    await using again = await startApp({ env: { MAX_TASKS: '1' }, folder })
    assert.match((await client(again.url)('GET', '/readyz')).text, /1 of at most 1 tasks/)
  })
})
