import type { Resource } from '../resources/resource.ts'
import { lists } from './lists.ts'

/** What there is beside tasks. A new resource is a file that declares it, and a line here. */
export const resources: readonly Resource[] = [lists]
