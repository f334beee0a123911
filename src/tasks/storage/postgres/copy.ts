import type { DomainCopy } from '../../../storage/postgres/domain.ts'
import type { Task } from '../../task.ts'
import { placeSql, placeStep } from '../sqlite/write/order.ts'
import { wordsOf } from './words.ts'

export const copy: DomainCopy = {
  sequence: 'tasks',
  computed: { place: placeSql },
  // SQLite has none for what was never moved.
  stored: (_column, value, id) => (value === Number(id) * placeStep ? null : value),
  derived: { words: (row) => wordsOf(row as unknown as Task) },
}
