import { limits } from '../limits.ts'
import type { Item, Resource } from '../resources/resource.ts'
import { listName } from './rules.ts'
import { firstList } from './task.ts'

export const colors = ['red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'gray'] as const
export type Color = (typeof colors)[number]

export type List = Item<ListValues>
type ListValues = { readonly name: string; readonly color: Color | null }

/** Lists of tasks: each task is in one of them (decisions/030). */
export const lists: Resource<ListValues> = {
  name: 'lists',
  one: 'list',
  description: 'Lists of tasks.',
  most: limits.lists,
  fixed: {
    id: firstList,
    instead: 'The first list is always there; delete its tasks, or give it another name',
  },
  deletes: 'and its tasks',
  restores: 'the list and the tasks that went with it are as they were',
  members: {
    name: {
      kind: 'text',
      rule: listName,
      schema: {
        type: 'string',
        minLength: 1,
        maxLength: limits.listNameLength,
        description: 'By the rules of a title. Two lists may have the same.',
      },
    },
    color: {
      kind: 'text',
      optional: true,
      rule: (color: string) =>
        colors.some((known) => known === color) ? undefined : `must be null or one of ${colors.join(', ')}`,
      schema: { type: 'string', enum: colors },
    },
  },
}
