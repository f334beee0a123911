import { Forbidden } from '../resources/errors.ts'
import type { Item, Resource } from '../resources/resource.ts'
import type { Store } from '../resources/store.ts'

/** The items of resources for a token with limited rights: it reads what is `shown` to it, and writes none. */
export function itemsToRead(
  store: Store,
  shown: <I extends Item>(resource: Resource, items: readonly I[]) => readonly I[],
): Store['items'] {
  return (resource) => {
    const refuse = async (): Promise<never> => {
      throw new Forbidden(`Only a token for all lists may create, change or delete ${resource.name}`)
    }
    return {
      all: async () => shown(resource, await store.items(resource).all()),
      ...{ create: refuse, change: refuse, remove: refuse, restore: refuse, move: refuse },
    }
  }
}
