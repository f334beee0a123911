export { tasksInSqlite as sqlite } from '../tasks/storage/sqlite/tasks.ts'
