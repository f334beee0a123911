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
  showQuery()
  return new URLSearchParams(location.search).get('q') ?? ''
}

let unshown: string | undefined

/** In the address once the frame is painted: the browser takes milliseconds for it. */
export function keepQuery(query: string) {
  if (unshown === undefined) requestAnimationFrame(() => setTimeout(showQuery))
  unshown = query
}

function showQuery() {
  if (unshown === undefined) return
  const search = unshown === '' ? '' : `?${new URLSearchParams({ q: unshown })}`
  unshown = undefined
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
      showQuery()
      if (link.pathname !== location.pathname) history.pushState(null, '', link.pathname + location.search)
      follow()
    })
  }
  addEventListener('popstate', follow)
}

function remember() {
  ofBrowser.set('view', currentView())
}
