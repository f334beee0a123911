import type { Route } from '../http/router.ts'
import type { ClientOf } from '../http/share.ts'
import { calendarRoutes } from '../tasks/api/calendar.ts'
import { exportRoutes } from '../tasks/api/export.ts'
import { importRoutes } from '../tasks/api/import.ts'
import { taskRoutes } from '../tasks/api/tasks.ts'
import { openViews } from '../tasks/api/views.ts'
import type { TaskStore } from '../tasks/store.ts'

export { changeJson as eventData } from '../tasks/api/bodies.ts'
export { limitStore } from '../tasks/api/rights.ts'

/** The routes of the domain, without those of its resources. `base` is where the API is mounted, for Location. */
export function domainRoutes(store: TaskStore, base: string, clientOf: ClientOf): readonly Route[] {
  const views = openViews(store, clientOf)
  return [
    ...taskRoutes(store, views, base),
    ...exportRoutes(views),
    ...calendarRoutes(store, views),
    ...importRoutes(store, clientOf),
  ]
}
