/** Everything around the list: heading, views with their counts, actions on all tasks shown. */
import type { ViewName } from '../shell/address.ts'
import { locale, t } from '../words/words.ts'
import type { Look } from './view.ts'

const nothingIn: Readonly<Record<ViewName, string>> = {
  today: t.nothingToday,
  upcoming: t.nothingUpcoming,
  all: t.nothingLeft,
  completed: t.nothingCompleted,
}

const number = new Intl.NumberFormat(locale)

export function createFrame(document: Document): { update(look: Look): void } {
  const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
  const links = document.querySelectorAll<HTMLAnchorElement>('[data-view]')
  const [sheet, welcome, none] = [element('sheet'), element('welcome'), element('none')]
  const [nothing, searchAll] = [none.querySelector('p')!, element('search-all')]
  const [progress, part] = [element('progress'), element('progress-part')]
  const [search, searchBox] = [element('search'), element('search-box')]
  const [markAll, clear] = [element('mark-all'), element('clear-completed')]

  return {
    update({ name, list, title, query, all, left, counts, loaded, tasks, elsewhere }) {
      const done = all.length - left
      document.title = left > 0 ? `${t.tasks} (${left})` : t.tasks
      for (const link of links) {
        const view = link.dataset['view'] as ViewName
        if (view === name && !list) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
        const count = counts[view]
        link.querySelector('.count')!.textContent = count === 0 ? '' : number.format(count)
        link.querySelector('.visually-hidden')!.textContent =
          view === 'completed' ? t.done(count) : t.left(count)
      }
      element('list-title').textContent = title
      // The focused element would lose the focus.
      sheet.hidden =
        all.length === 0 && tasks.length === 0 && !query && !sheet.contains(document.activeElement)
      welcome.hidden = !loaded || !sheet.hidden
      none.hidden = tasks.length > 0 || sheet.hidden
      nothing.textContent = query ? t.nothingFound : nothingIn[name]
      searchAll.hidden = elsewhere === 0
      searchAll.textContent = t.searchAll(elsewhere)
      searchBox.hidden = sheet.hidden && document.activeElement !== search
      progress.toggleAttribute('hidden', all.length === 0)
      progress.setAttribute('aria-label', t.doneOf(done, all.length))
      part.style.strokeDasharray = `${all.length === 0 ? 0 : (100 * done) / all.length} 100`
      const open = tasks.reduce((count, task) => count + Number(!task.done), 0)
      element('footer').hidden = markAll.hidden = tasks.length === 0
      markAll.textContent =
        open > 0
          ? open === left
            ? t.completeAll(open)
            : t.completeShown(open)
          : tasks.length === all.length
            ? t.reopenAll(tasks.length)
            : t.reopenShown(tasks.length)
      clear.hidden = tasks.length === open
      clear.textContent = t.clearCompleted(tasks.length - open)
    },
  }
}
