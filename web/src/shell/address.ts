/** The URL determines the view and the list shown, so that links, reload and the back button work. */
import { base, pathHere } from './base.ts'
import { ofBrowser } from './local.ts'

export const viewNames = ['today', 'upcoming', 'all', 'completed'] as const
export type ViewName = (typeof viewNames)[number]

export function currentView(): ViewName {
  return viewNames.find((name) => pathHere() === name) ?? 'all'
}

/** The id of the only list shown, as in `all?list=2`; 0 for all lists. */
export function currentList(): number {
  return currentView() === 'all' ? Number(listIn(location.search)) || 0 : 0
}

/** A visit without a view opens the last one. `/active` is a former view. */
export function enter() {
  const last = viewNames.find((name) => name === ofBrowser.get('view')) ?? 'all'
  const isNamed = pathHere() !== ''
  const query = new URLSearchParams(location.search)
  const list = ofBrowser.get('list')
  if (!isNamed && list) query.set('list', list)
  history.replaceState(null, '', base() + (isNamed ? currentView() : last) + textOf(query))
  remember()
}

export function currentQuery(): string {
  showQuery()
  return new URLSearchParams(location.search).get('q') ?? ''
}

let unshown: string | undefined

/** Updates the URL after the frame is painted: that takes the browser milliseconds. */
export function keepQuery(query: string) {
  if (unshown === undefined) requestAnimationFrame(() => setTimeout(showQuery))
  unshown = query
}

function showQuery() {
  if (unshown === undefined) return
  const search = searchFor(unshown, listIn(location.search))
  unshown = undefined
  history.replaceState(null, '', location.pathname + search)
}

/** Makes the links to views and lists switch without a page load. */
export function listenToViews(changed: () => void) {
  const follow = () => {
    remember()
    changed()
  }
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a:is([data-view], [data-list])')
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    const next = link.pathname + searchFor(currentQuery(), listIn(link.search))
    if (next !== location.pathname + location.search) history.pushState(null, '', next)
    follow()
  })
  addEventListener('popstate', follow)
}

function remember() {
  ofBrowser.set('view', currentView())
  ofBrowser.set('list', String(currentList() || ''))
}

function listIn(search: string): string {
  return new URLSearchParams(search).get('list') ?? ''
}

function searchFor(q: string, list: string): string {
  return textOf(new URLSearchParams({ ...(list && { list }), ...(q && { q }) }))
}

function textOf(query: URLSearchParams): string {
  return query.size > 0 ? `?${query}` : ''
}
