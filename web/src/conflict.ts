/** Two versions of a task, or a refusal, of which the user chooses what becomes. */
import type { Change } from './changes.ts'
import { element } from './dialog.ts'
import { repeatInWords } from './repeats.ts'
import type { Content } from './task.ts'
import type { Words } from './words.en.ts'
import { l } from './words-later.ts'

export interface Conflict {
  show(held: Change | undefined): void
}

/** What the page hands in. */
export interface Choices {
  readonly t: Words

  insist(change: Change): void
  giveUp(change: Change): void
}

/** At the end of `body`. Its buttons stay where they are when the texts change. */
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
        describe(shown, held, choices.t)
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

function describe(within: HTMLElement, held: Change, t: Words) {
  const part = (selector: string) => within.querySelector<HTMLElement>(selector)!
  const [insist, giveUp] = wordsFor(held, t)
  part('.conflict-reason').textContent =
    held.fault !== undefined ? t.refused(held.fault) : held.theirs ? l.changedElsewhere : l.deletedElsewhere
  const isEdit = held.kind === 'edit'
  part('dl').hidden = !isEdit
  if (isEdit) {
    part('.yours').textContent = inWords({ ...held.seen, ...held.wanted }, held.wanted, t)
    part('.theirs').textContent = held.theirs ? inWords(held.theirs, held.wanted, t) : ''
    for (const name of ['dt:last-of-type', '.theirs']) part(name).hidden = !held.theirs
  }
  part('[data-do=insist]').textContent = insist
  part('[data-do=give-up]').textContent = giveUp
}

function wordsFor({ fault, theirs }: Change, t: Words): [insist: string, giveUp: string] {
  if (fault !== undefined) return [t.retry, l.discard]
  return theirs ? [l.keepMine, l.keepTheirs] : [t.restore, l.letGo]
}

/** What is in dispute. */
function inWords(content: Content, disputed: Partial<Content>, t: Words): string {
  const names = (['title', 'notes', 'due', 'repeat'] as const).filter((name) => name in disputed)
  const said = (name: (typeof names)[number]) =>
    name === 'repeat' && content.repeat
      ? repeatInWords(content.repeat, l.repeats, document.documentElement.lang)
      : content[name]
  const label = (name: (typeof names)[number]) => (name === 'repeat' ? l.repeats.label : t[name])
  return names.map((name) => said(name) || `${label(name)}: ${l.none}`).join('\n')
}
