import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cacheReplies } from '../../src/api/cache.ts'
import { type Call, json } from '../../src/http/message.ts'
import { limits } from '../../src/limits.ts'
import { openStore } from '../../src/storage/open.ts'

test('Replies are cached for a bounded number of targets, however short they are', async () => {
  const store = openStore({ file: ':memory:' })
  let made = 0
  const handle = cacheReplies(async () => {
    made++
    return json(200, '[]', '"a"')
  }, store)
  const ask = (target: string) => handle({ method: 'GET', target } as Call)
  await ask('/first')
  await ask('/first')
  assert.equal(made, 1)
  for (let n = 0; n < limits.cachedReplies; n++) await ask(`/${n}`)
  await ask('/first')
  assert.equal(made, limits.cachedReplies + 2)
  await store.close()
})
