/** What the service keeps beside resources: what this has in common for all storages. */
export { taskMethods as domainMethods, taskRefusals as domainRefusals } from '../tasks/storage/methods.ts'
export { tasks as domain } from '../tasks/storage/tasks.ts'
export type {
  Change as DomainChange,
  TaskReader as DomainReader,
  TaskStore as DomainStore,
} from '../tasks/store.ts'
