import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { needs } from '../helpers/needs.ts'
import { torture } from './kills.ts'

const kills = 30

suite('The program, killed under load', () => {
  const options = { skip: needs('strace') }
  test(
    `${kills} times, has after each restart every acknowledged write, once, and nothing half done`,
    options,
    async (t) => {
      const seed = Date.now() % 1_000_000
      t.diagnostic(`seed ${seed}`)
      const figures = await torture({ kills, seed, entry: ['src/main.ts'] })
      t.diagnostic(JSON.stringify(figures))
      assert.ok(figures.acknowledged > 0)
      assert.ok(Object.keys(figures.points).length >= 4)
    },
  )
})
