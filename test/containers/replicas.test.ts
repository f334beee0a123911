import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakReplicas } from '../torture/replicas.ts'
import { skip } from './engine.ts'

test('Two replicas behind nginx lose and double nothing, whatever breaks', { skip }, async (t) => {
  const figures = await breakReplicas(2, t.diagnostic.bind(t))
  t.diagnostic(JSON.stringify(figures))
  assert.ok(figures.acknowledged > 0)
})
