import type { SqliteDomain } from '../../../storage/sqlite/domain.ts'
import type { TaskReader } from '../../store.ts'
import { migrations, schemaSum } from './migrations.ts'
import { openTaskReader } from './read/reader.ts'
import { prepareTaskWrites } from './write/apply.ts'
import { prepareAttached } from './write/lists.ts'

export const tasksInSqlite: SqliteDomain<TaskReader> = {
  migrations,
  schemaSum,
  attached: prepareAttached,
  writes: prepareTaskWrites,
  reader: openTaskReader,
}
