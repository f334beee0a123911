/** Two versions of a task, or a refusal, of which the user chooses what becomes. */
import type { Change } from './changes.ts'
import type { Content } from './task.ts'
import { t } from './words.ts'

export interface Conflict {
  show(held: Change | undefined): void
}

export interface Choices {
  insist(change: Change): void
  giveUp(change: Change): void
}

/** At the end of `body`. Its buttons stay where they are when the texts change. */
export function conflictOf(body: HTMLElement, choices: Choices): Conflict {
  let element: HTMLElement | undefined
  let held: Change | undefined

  return {
    show(change) {
      if (change === held) return
      held = change
      if (!held) element?.remove()
      if (!held) element = undefined
      else {
        element ??= add()
        describe(element, held)
      }
    },
  }

  function add(): HTMLElement {
    const template = document.getElementById('conflict') as HTMLTemplateElement
    const added = (template.content.cloneNode(true) as DocumentFragment).firstElementChild as HTMLElement
    const [yours, theirs] = added.querySelectorAll('dt')
    yours!.textContent = t.yours
    theirs!.textContent = t.theirs
    added.querySelector('[data-do=insist]')!.addEventListener('click', () => choices.insist(held!))
    added.querySelector('[data-do=give-up]')!.addEventListener('click', () => choices.giveUp(held!))
    body.append(added)
    return added
  }
}

function describe(element: HTMLElement, held: Change) {
  const part = (selector: string) => element.querySelector<HTMLElement>(selector)!
  const [insist, giveUp] = wordsFor(held)
  part('.conflict-reason').textContent =
    held.fault !== undefined ? t.refused(held.fault) : held.theirs ? t.changedElsewhere : t.deletedElsewhere
  const isEdit = held.kind === 'edit'
  part('dl').hidden = !isEdit
  if (isEdit) {
    part('.yours').textContent = inWords({ ...held.seen, ...held.wanted }, held.wanted)
    part('.theirs').textContent = held.theirs ? inWords(held.theirs, held.wanted) : ''
    for (const name of ['dt:last-of-type', '.theirs']) part(name).hidden = !held.theirs
  }
  part('[data-do=insist]').textContent = insist
  part('[data-do=give-up]').textContent = giveUp
}

function wordsFor({ fault, theirs }: Change): [insist: string, giveUp: string] {
  if (fault !== undefined) return [t.retry, t.discard]
  return theirs ? [t.keepMine, t.keepTheirs] : [t.restore, t.letGo]
}

/** What is in dispute. */
function inWords(content: Content, disputed: Partial<Content>): string {
  const names = (['title', 'notes', 'due'] as const).filter((name) => name in disputed)
  return names.map((name) => content[name] || `${t[name]}: ${t.none}`).join('\n')
}
