import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { migrations as postgresSteps } from '../../src/storage/postgres/migrations.ts'
import { migrations as sqliteSteps } from '../../src/storage/sqlite/schema/migrations.ts'
import { migrate, objectsIn, sumOf } from '../../src/storage/sqlite/schema/open.ts'
import { schema } from '../../src/tasks/storage/sqlite/migrations.ts'
import { root } from '../helpers/app.ts'

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
    'aa588a798be9cf49',
    '284549ff66c0a431',
    'bf5259871d1746dd',
    '081c4293bc8f3ac5',
  ],
  postgres: [
    '662e5c25ef3bd26d',
    '9bf2995b746f2410',
    '05e8191ca4b7aeb6',
    'b48be96f00ad1ee5',
    '51079f6eef562a49',
    'dfb86a8bc7017647',
    'f327012aaa0c4976',
  ],
} as const

suite('The steps of the schema', () => {
  /** A project made from this one may have another name (`npm run rename`). */
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const sum = (step: string) =>
    createHash('sha256').update(step.replaceAll(name, 'NAME')).digest('hex').slice(0, 16)

  test('of SQLite are the released ones, in order', () => {
    assert.deepEqual(sqliteSteps.map(sum), shipped.sqlite)
  })

  test('of PostgreSQL are the released ones, in order', () => {
    assert.deepEqual(
      postgresSteps.map((step) => sum(step.join(';'))),
      shipped.postgres,
    )
  })

  test('result in the schema whose checksum startup expects', () => {
    const db = new DatabaseSync(':memory:')
    migrate(db, sqliteSteps.length)
    assert.equal(sumOf(objectsIn(db)), schema.sum)
    db.close()
  })
})
