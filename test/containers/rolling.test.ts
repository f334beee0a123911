import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { roll } from '../torture/rolling.ts'
import { skip } from './engine.ts'

const restarts = 2

suite('The backend behind nginx', { skip }, () => {
  test(`is restarted ${restarts} times under load without a failed request`, async (t) => {
    const { failed, ...figures } = await roll(restarts, t.diagnostic.bind(t))
    t.diagnostic(JSON.stringify(figures))
    assert.equal(failed, 0)
  })
})
