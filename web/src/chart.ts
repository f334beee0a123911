/** What was done in the last four weeks: a bar for each day. */
import { dateOf } from './dates.ts'
import type { Storage } from './storage.ts'
import type { Ref, Task } from './task.ts'
import { locale, t } from './words.ts'

const days = 28
const dayFormat = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' })
const svg = 'http://www.w3.org/2000/svg'

export interface Chart {
  update(tasks: readonly Task[]): void
}

/** Remembers also what was cleared: it was done all the same. */
export function createChart(element: HTMLElement, storage: Storage): Chart {
  const done = new Map<Ref, number>()
  let isReady = false
  void storage
    .get<[Ref, number][]>('done')
    .catch(() => {})
    .then((kept) => {
      for (const [ref, time] of kept ?? []) if (!done.has(ref)) done.set(ref, time)
      isReady = true
      draw(countsByDay(done))
    })
  const bars = element.querySelector('svg')!
  let day = ''
  let known: readonly Task[] | undefined

  return {
    update(tasks) {
      const today = dateOf(new Date())
      if (tasks === known && today === day) return
      known = tasks
      let isNew = false
      for (const { ref, completed } of tasks) {
        // Only those that the server knows: a name of a task turns into its id.
        if (typeof ref !== 'number' || (done.get(ref) ?? 0) === completed) continue
        isNew = true
        if (completed === 0) done.delete(ref)
        else done.set(ref, completed)
      }
      if (!isNew && today === day) return
      day = today
      draw(countsByDay(done))
      if (isNew && isReady) storage.set('done', [...done]).catch(() => {})
    },
  }

  function draw(counts: readonly number[]) {
    const total = counts.reduce((sum, count) => sum + count, 0)
    const most = Math.max(1, ...counts)
    element.hidden = total === 0
    bars.setAttribute('aria-label', t.chart(total, most))
    bars.replaceChildren(...counts.map((count, index) => bar(count, most, index)))
    element.querySelector('.total')!.textContent = new Intl.NumberFormat(locale).format(total)
  }

  function bar(count: number, most: number, index: number): SVGElement {
    const height = count === 0 ? 1.5 : 4 + (36 * count) / most
    const rect = document.createElementNS(svg, 'rect')
    const values = { x: index * 10 + 1, y: 40 - height, width: 8, height, rx: 1, ry: count === 0 ? 0.75 : 2 }
    for (const [name, value] of Object.entries(values)) rect.setAttribute(name, String(value))
    rect.classList.toggle('none', count === 0)
    const title = document.createElementNS(svg, 'title')
    title.textContent = `${dayFormat.format(daysAgo(days - 1 - index))}: ${count}`
    rect.append(title)
    return rect
  }
}

function countsByDay(done: Map<Ref, number>): number[] {
  const places = new Map(
    Array.from({ length: days }, (_, index) => [dateOf(daysAgo(days - 1 - index)), index]),
  )
  const oldest = daysAgo(days).getTime()
  const counts = new Array<number>(days).fill(0)
  for (const [ref, time] of done) {
    const place = places.get(dateOf(new Date(time)))
    if (place !== undefined) counts[place]!++
    if (time < oldest) done.delete(ref)
  }
  return counts
}

function daysAgo(count: number): Date {
  const date = new Date()
  date.setDate(date.getDate() - count)
  return date
}
