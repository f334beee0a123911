/** Which tasks are shown: the address says it, so that links, reload and the back button work. */
import type { Task } from './task.ts'

export type Filter = 'all' | 'active' | 'completed'

export function currentFilter(): Filter {
  if (location.pathname === '/active') return 'active'
  if (location.pathname === '/completed') return 'completed'
  return 'all'
}

export function currentQuery(): string {
  return new URLSearchParams(location.search).get('q') ?? ''
}

export function keepQuery(query: string) {
  const search = query === '' ? '' : `?${new URLSearchParams({ q: query })}`
  history.replaceState(null, '', location.pathname + search)
}

export function matches(filter: Filter, { done }: Task): boolean {
  return filter === 'all' || done === (filter === 'completed')
}

/** Makes the links switch without loading the page anew. */
export function listenToFilters(links: Iterable<HTMLAnchorElement>, changed: () => void) {
  for (const link of links) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (link.pathname !== location.pathname) history.pushState(null, '', link.pathname + location.search)
      changed()
    })
  }
  addEventListener('popstate', changed)
}
