/** What stands around the list: heading, counts, filters, what can be done with all that is shown. */
import type { Filter } from './filter.ts'
import type { Look } from './view.ts'
import { t } from './words.ts'

export const titleOf: Readonly<Record<Filter, string>> = {
  all: t.allTasks,
  active: t.activeTasks,
  completed: t.completedTasks,
}

export function createFrame(document: Document): { update(look: Look): void } {
  const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
  const links = document.querySelectorAll<HTMLAnchorElement>('[data-filter]')
  const [sheet, welcome, none] = [element('sheet'), element('welcome'), element('none')]
  const [progress, bar] = [element('progress'), element<HTMLProgressElement>('progress-bar')]
  const [markAll, clear] = [element('mark-all'), element('clear-completed')]

  return {
    update({ filter, query, all, left, loaded, tasks }) {
      const done = all.length - left
      document.title = left > 0 ? `${t.tasks} (${left})` : t.tasks
      for (const link of links) {
        if (link.dataset['filter'] === filter) link.setAttribute('aria-current', 'page')
        else link.removeAttribute('aria-current')
      }
      element('list-title').textContent = titleOf[filter]
      // What has the focus would lose it, and the search what is typed there.
      sheet.hidden =
        all.length === 0 && tasks.length === 0 && !query && !sheet.contains(document.activeElement)
      welcome.hidden = !loaded || !sheet.hidden
      none.hidden = tasks.length > 0 || sheet.hidden
      none.textContent = query ? t.nothingFound : filter === 'completed' ? t.nothingCompleted : t.nothingLeft
      progress.hidden = all.length === 0
      element('progress-text').textContent = t.doneOf(done, all.length)
      bar.value = all.length === 0 ? 0 : done / all.length
      element('left').textContent = t.left(left)
      const open = tasks.reduce((count, task) => count + Number(!task.done), 0)
      const isAll = tasks.length === all.length
      markAll.hidden = tasks.length === 0
      markAll.textContent =
        open > 0
          ? isAll
            ? t.completeAll(open)
            : t.completeShown(open)
          : isAll
            ? t.reopenAll(tasks.length)
            : t.reopenShown(tasks.length)
      clear.hidden = tasks.length === open
      clear.textContent = t.clearCompleted(tasks.length - open)
    },
  }
}
