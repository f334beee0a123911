import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skip } from '../containers/engine.ts'
import { breakReplicas } from '../torture/replicas.ts'

/** Building the images runs the tests. */
const options = { skip, timeout: 600_000 }

test('Two replicas behind nginx lose and double nothing, whatever breaks', options, async (t) => {
  const figures = await breakReplicas(2, t.diagnostic.bind(t))
  t.diagnostic(JSON.stringify(figures))
  assert.ok(figures.acknowledged > 0)
})
