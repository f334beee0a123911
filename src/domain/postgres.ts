export { tasksInPostgres as postgres } from '../tasks/storage/postgres/tasks.ts'
