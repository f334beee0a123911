/** A conflict of two versions of a task, or a refused change, for the user to resolve. */

import { repeatInWords } from '../dates/repeats.ts'
import { element } from '../shell/dialog.ts'
import type { Change } from '../tasks/changes.ts'
import type { Content } from '../tasks/task.ts'
import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'

export interface Conflict {
  show(held: Change | undefined): void
}

/** What the page passes in. */
export interface Choices {
  readonly t: Words
  listName(list: number): string
  insist(change: Change): void
  giveUp(change: Change): void
}

/** Appended to `body`. Its buttons stay in place when the texts change. */
export function conflictOf(body: HTMLElement, choices: Choices): Conflict {
  let shown: HTMLElement | undefined
  let held: Change | undefined

  return {
    show(change) {
      if (change === held) return
      held = change
      if (!held) shown?.remove()
      if (!held) shown = undefined
      else {
        shown ??= add()
        describe(shown, held, choices)
      }
    },
  }

  function add(): HTMLElement {
    const added = element('div', { className: 'conflict' })
    const buttonFor = (choose: (change: Change) => void) => {
      const button = element('button', { type: 'button', className: 'link' })
      button.addEventListener('click', () => choose(held!))
      return button
    }
    const [insist, giveUp] = [buttonFor(choices.insist), buttonFor(choices.giveUp)]
    insist.dataset['do'] = 'insist'
    giveUp.dataset['do'] = 'give-up'
    const list = element('dl')
    list.append(
      element('dt', { textContent: l.yours }),
      element('dd', { className: 'yours', dir: 'auto' }),
      element('dt', { textContent: l.theirs }),
      element('dd', { className: 'theirs', dir: 'auto' }),
    )
    added.append(element('p', { className: 'conflict-reason' }), list, insist, ' ', giveUp)
    body.append(added)
    return added
  }
}

function describe(within: HTMLElement, held: Change, choices: Choices) {
  const { t } = choices
  const part = (selector: string) => within.querySelector<HTMLElement>(selector)!
  const [insist, giveUp] = wordsFor(held, t)
  part('.conflict-reason').textContent =
    held.fault !== undefined ? t.refused(held.fault) : held.theirs ? l.changedElsewhere : l.deletedElsewhere
  const isEdit = held.kind === 'edit'
  part('dl').hidden = !isEdit
  if (isEdit) {
    part('.yours').textContent = inWords({ ...held.seen, ...held.wanted }, held.wanted, choices)
    part('.theirs').textContent = held.theirs ? inWords(held.theirs, held.wanted, choices) : ''
    for (const name of ['dt:last-of-type', '.theirs']) part(name).hidden = !held.theirs
  }
  part('[data-do=insist]').textContent = insist
  part('[data-do=give-up]').textContent = giveUp
}

function wordsFor({ fault, theirs }: Change, t: Words): [insist: string, giveUp: string] {
  if (fault !== undefined) return [t.retry, l.discard]
  return theirs ? [l.keepMine, l.keepTheirs] : [t.restore, l.letGo]
}

/** The conflicting values. */
function inWords(content: Content, disputed: Partial<Content>, { t, listName }: Choices): string {
  const words: Readonly<Record<string, readonly [label: string, said: string]>> = {
    title: [t.title, content.title],
    notes: [t.notes, content.notes],
    due: [t.due, content.due],
    repeat: [
      l.repeats.label,
      content.repeat && repeatInWords(content.repeat, l.repeats, document.documentElement.lang),
    ],
    list: [l.list, listName(content.list)],
  }
  return Object.entries(words)
    .filter(([name]) => name in disputed)
    .map(([, [label, said]]) => said || `${label}: ${l.none}`)
    .join('\n')
}
