import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { needs } from '../helpers/needs.ts'
import { torture } from './kills.ts'

suite('The program, killed under load', { skip: needs('strace') }, () => {
  for (const [name, kills, skip] of [
    ['sqlite', 30, false],
    ['journal', 6, false],
    ['postgres', 6, needs('postgres')],
  ] as const)
    test(`${kills} times, has after each restart every acknowledged write, once, and nothing half done, with ${name}`, {
      skip,
    }, async (t) => {
      const seed = Date.now() % 1_000_000
      t.diagnostic(`seed ${seed}`)
      const figures = await torture({ kills, seed, entry: ['src/main.ts'], name })
      t.diagnostic(JSON.stringify(figures))
      assert.ok(figures.completed > 0)
      if (name === 'sqlite') assert.ok(Object.keys(figures.points).length >= 4)
    })
})
