export { writes } from '../tasks/storage/postgres/apply.ts'
export { copy } from '../tasks/storage/postgres/copy.ts'
export { migrations } from '../tasks/storage/postgres/migrations.ts'
export { openTaskReader as openDomainReader } from '../tasks/storage/postgres/reader.ts'
