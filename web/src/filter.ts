/** Which tasks are shown: the path says it, so that links, reload and the back button work. */
import type { Item } from './tasks.ts'

export type Filter = 'all' | 'active' | 'completed'

export function currentFilter(): Filter {
  if (location.pathname === '/active') return 'active'
  if (location.pathname === '/completed') return 'completed'
  return 'all'
}

/** What could not be saved is shown everywhere: nobody should have to look for it. */
export function matches(filter: Filter, { wanted, failure }: Item): boolean {
  if (filter === 'all' || failure !== undefined || wanted === null) return true
  return wanted.done === (filter === 'completed')
}

/** Makes the links switch without loading the page anew. */
export function listenToFilters(links: Iterable<HTMLAnchorElement>, changed: () => void) {
  for (const link of links) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (link.pathname !== location.pathname) history.pushState(null, '', link.pathname)
      changed()
    })
  }
  addEventListener('popstate', changed)
}
