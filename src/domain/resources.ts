import type { Resource } from '../resources/resource.ts'
import { lists } from '../tasks/lists.ts'

/** What the service keeps beside what has code of its own. A new resource is a file that declares it, and a line here. */
export const resources: readonly Resource[] = [lists]
