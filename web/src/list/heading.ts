/** A heading among the rows of the list. */
import type { Group } from './groups.ts'

export interface Heading {
  readonly element: HTMLLIElement
  update(group: Group): void
}

/** `fold` is called by the button of a collapsible heading. */
export function createHeading(group: Group, fold: () => void): Heading {
  const element = document.createElement('li')
  const heading = document.createElement('h3')
  const [title, date, count] = ['group-title', 'group-date', 'group-count'].map((name) => {
    const part = document.createElement('span')
    part.className = name
    return part
  }) as [HTMLElement, HTMLElement, HTMLElement]
  element.className = 'group'
  element.append(heading)
  const button = group.isFolded === undefined ? undefined : document.createElement('button')
  if (button) {
    button.type = 'button'
    button.addEventListener('click', fold)
    heading.append(button)
  }
  // Spaces separate the parts for screen readers and in copied text.
  const within = button ?? heading
  within.append(title, ' ', date, ' ', count)

  return {
    element,
    update({ key, title: name, date: day, tasks, isFolded }) {
      element.dataset['group'] = key
      title.textContent = name
      date.textContent = day
      count.textContent = String(tasks.length)
      button?.setAttribute('aria-expanded', String(!isFolded))
    },
  }
}
