import { schema } from '../../../domain/sqlite.ts'
import { createItemsSql } from '../../items.ts'
import { withTables } from '../../tables.ts'

/**
 * The schema, step by step: the database's `user_version` counts the steps it has taken. Forward only: a step
 * that was released is never edited, what it lacks is a new step.
 */
export const migrations = withTables(
  'sqlite',
  schema.migrations,
  (resource) => `${createItemsSql(resource, { text: 'text', number: 'integer', flag: 'integer' })} strict;`,
)
