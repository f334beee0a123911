import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { migrations as postgresSteps } from '../../src/storage/postgres/migrations.ts'
import { schemaSum, migrations as sqliteSteps } from '../../src/storage/sqlite/migrations.ts'
import { migrate, objectsIn, sumOf } from '../../src/storage/sqlite/open.ts'

/** The beginning of the SHA-256 of each step that ever was on main. A new step adds a line; no line changes. */
const shipped = {
  sqlite: [
    '2f24ba3f49ccb6a2',
    'e08032a3ce8d7277',
    'df79ba8c76bd4ae8',
    '59040644aab04efd',
    'e8ea34459651dc5e',
    '1003c73a0e3d8d6e',
    '1d95931fa4fda6e1',
    'c2f1dffc192c9635',
  ],
  postgres: ['f2ac0836c5d764a1', '9bf2995b746f2410', '3e8693bac006bf35', '94b033d15248f061'],
} as const

suite('The steps of the schema', () => {
  const sum = (step: string) => createHash('sha256').update(step).digest('hex').slice(0, 16)

  test('of SQLite are those that were shipped, in their order', () => {
    assert.deepEqual(sqliteSteps.map(sum), shipped.sqlite)
  })

  test('of PostgreSQL are those that were shipped, in their order', () => {
    assert.deepEqual(
      postgresSteps.map((step) => sum(step.join(';'))),
      shipped.postgres,
    )
  })

  test('make the schema whose sum the start expects', () => {
    const db = new DatabaseSync(':memory:')
    migrate(db, sqliteSteps.length)
    assert.equal(sumOf(objectsIn(db)), schemaSum)
    db.close()
  })
})
