import { resources } from '../domain/resources.ts'
import type { Resource } from '../resources/resource.ts'

/** The migrations of a storage: those written by hand, and at their numbers those that create the tables of resources. */
export function withTables<Migration>(
  storage: 'sqlite' | 'postgres',
  written: readonly Migration[],
  create: (resource: Resource) => Migration,
): readonly Migration[] {
  const migrations = [...written]
  const declared = resources.flatMap(({ since, ...resource }) =>
    since ? [{ at: since[storage] - 1, resource }] : [],
  )
  for (const { at, resource } of declared.sort((a, b) => a.at - b.at))
    migrations.splice(at, 0, create(resource))
  return migrations
}

/** The name of a table or column, as SQL has it: a member may be named as a keyword is. */
export function quoted(name: string): string {
  return `"${name}"`
}
