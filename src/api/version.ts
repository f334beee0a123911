import { json } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { build } from '../version.ts'

export function versionRoutes(): readonly Route[] {
  const reply = json(200, JSON.stringify(build))
  return [['GET', '/version', () => reply]]
}
