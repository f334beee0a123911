import { tasks } from '../tasks/storage/tasks.ts'

/** What the service keeps beside resources: what this has in common for all storages. */
export const domain = tasks
export type {
  Change as DomainChange,
  TaskReader as DomainReader,
  TaskStore as DomainStore,
} from '../tasks/store.ts'
