export { schema } from '../tasks/storage/sqlite/migrations.ts'
export { openTaskReader as openDomainReader } from '../tasks/storage/sqlite/read/reader.ts'
export { writes } from '../tasks/storage/sqlite/write/apply.ts'
