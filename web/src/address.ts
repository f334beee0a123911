/** Which view is shown: the address says it, so that links, reload and the back button work. */
import { base, pathHere } from './base.ts'
import { ofBrowser } from './local.ts'

export const viewNames = ['today', 'upcoming', 'all', 'completed'] as const
export type ViewName = (typeof viewNames)[number]

export function currentView(): ViewName {
  return viewNames.find((name) => pathHere() === name) ?? 'all'
}

/** A visit that names no view goes on where the last one was. `/active` was a view once. */
export function enter() {
  const last = viewNames.find((name) => name === ofBrowser.get('view')) ?? 'all'
  const name = pathHere() === '' ? last : currentView()
  history.replaceState(null, '', `${base()}${name}${location.search}`)
  remember()
}

export function currentQuery(): string {
  return new URLSearchParams(location.search).get('q') ?? ''
}

export function keepQuery(query: string) {
  const search = query === '' ? '' : `?${new URLSearchParams({ q: query })}`
  history.replaceState(null, '', location.pathname + search)
}

/** Makes the links switch without loading the page anew. */
export function listenToViews(links: Iterable<HTMLAnchorElement>, changed: () => void) {
  const follow = () => {
    remember()
    changed()
  }
  for (const link of links) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (link.pathname !== location.pathname) history.pushState(null, '', link.pathname + location.search)
      follow()
    })
  }
  addEventListener('popstate', follow)
}

function remember() {
  ofBrowser.set('view', currentView())
}
