/**
 * The date of a task being added: recognized in its title, where the words are highlighted, or picked. Only words that were shown
 * highlighted are removed from the title; a title submitted before that stays as typed.
 */

import { dateOf } from '../dates/dates.ts'
import { formatDue, parseDue } from '../dates/due.ts'
import { repeatsNow } from '../dates/load-repeats.ts'
import type { Said } from '../dates/repeat-field.ts'
import { type QuickDay, quickDays } from '../list/groups.ts'
import { announce } from '../shell/announce.ts'
import { dateLocales, locale, t } from '../words/words.ts'

export interface ComposerDate {
  /** The picked date; '' for none. */
  chosen(): string
  /** The text has changed. */
  check(): void
  /** The title, and the date and rule recognized or picked; '' for none. */
  take(): { title: string; due: string; repeat: string }
  clear(): void
  /** The state to store with the title's draft. */
  texts(): Readonly<Record<string, string>>
  /** Restores the stored state, and returns the title. */
  restore(texts: Readonly<Record<string, string>>): string
}

interface Lit extends Said {
  readonly words: string
}

/** `changed`: called on changes other than typing. */
export function composerDate(
  form: HTMLFormElement,
  input: HTMLInputElement,
  changed: () => void,
): ComposerDate {
  const find = <T extends HTMLElement>(selector: string) => form.querySelector<T>(selector)!
  const [line, layer, picker] = [find('.line'), find('.lit'), find<HTMLInputElement>('[type=date]')]
  const button = find('#new-due')
  const chips = [...form.querySelectorAll<HTMLElement>('[data-day]')]
  let chosen = ''
  /** Words that the user has rejected as a date. */
  let refused: readonly string[] = []
  let lit: Lit | undefined
  let seen: Lit | undefined

  for (const event of ['scroll', 'keyup', 'pointerup', 'select', 'focus', 'blur'])
    input.addEventListener(event, follow)
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing || due() === '') return
    event.preventDefault()
    takeBack()
  })
  button.addEventListener('click', () => {
    if (due() !== '') return takeBack()
    picker.value = ''
    picker.showPicker()
  })
  picker.addEventListener('change', () => {
    choose(picker.value)
    input.focus()
  })
  // Keeps the caret in the text and the on-screen keyboard open.
  for (const each of [button, ...chips]) each.addEventListener('mousedown', (event) => event.preventDefault())
  for (const chip of chips)
    chip.addEventListener('click', () => (dayOf(chip) === due() ? takeBack() : choose(dayOf(chip))))
  show()

  return {
    chosen: () => chosen,
    check: show,
    take() {
      const now = found()
      if (!now || !isSame(now, seen)) return { title: input.value, due: chosen, repeat: '' }
      return { title: now.rest, due: chosen || now.due, repeat: now.repeat ?? '' }
    },
    clear() {
      chosen = ''
      refused = []
      show()
    },
    texts: () => ({ due: chosen, refused: refused.join('\n') }),
    restore({ due = '', refused: words = '' }) {
      refused = words.split('\n').filter(Boolean)
      chosen = (due !== '' && parseDue(due, dateLocales, dateOf(new Date()))) || ''
      show()
      return chosen === '' ? due : ''
    },
  }

  function due(): string {
    return chosen || (lit?.due ?? '')
  }

  function found(): Lit | undefined {
    // The date parser is loaded with the first letter.
    const said = input.value
      ? repeatsNow(show)?.saidIn(input.value, dateOf(new Date()), chosen === '')
      : undefined
    const words = said ? input.value.slice(said.from, said.to) : ''
    return said && !refused.includes(words) ? { ...said, words } : undefined
  }

  function choose(day: string) {
    chosen = day
    show()
    changed()
  }

  function takeBack() {
    if (chosen === '' && lit) refused = [...refused, lit.words]
    chosen = ''
    show()
    changed()
  }

  function show() {
    const before = lit
    lit = found()
    if (!isSame(lit, seen)) seen = undefined
    const { value } = input
    if (lit) {
      const mark = document.createElement('mark')
      mark.textContent = lit.words
      layer.replaceChildren(value.slice(0, lit.from), mark, value.slice(lit.to))
    } else layer.replaceChildren()
    const today = dateOf(new Date())
    const rule = lit?.repeat && repeatsNow(show)?.inWords(lit.repeat)
    const text = due() === '' ? '' : [formatDue(due(), locale, today).text, rule].filter(Boolean).join(', ')
    button.lastElementChild!.textContent = text
    button.setAttribute('aria-label', text === '' ? t.pickDate : t.takeDateBack(text))
    button.classList.toggle('set', text !== '')
    for (const chip of chips) chip.setAttribute('aria-pressed', String(dayOf(chip) === due()))
    if (lit && lit.due !== before?.due) announce(t.dateFound(text))
    follow()
  }

  /** The field scrolls when its text is long. */
  function follow() {
    layer.scrollLeft = input.scrollLeft
    if (!lit || seen) return
    const showing = lit
    // Within the first frame it is drawn, and in the next it was.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        layer.scrollLeft = input.scrollLeft
        if (isSame(showing, lit) && isInSight()) seen = lit
      }),
    )
  }

  function isInSight(): boolean {
    const [mark, field] = [layer.lastElementChild, line.getBoundingClientRect()]
    if (!mark) return false
    const { left, right } = mark.getBoundingClientRect()
    return right > left && left >= field.left - 1 && right <= field.right + 1
  }
}

function isSame(one: Lit | undefined, other: Lit | undefined): boolean {
  return one?.words === other?.words && one?.due === other?.due && one?.from === other?.from
}

function dayOf(chip: HTMLElement): string {
  return quickDays(dateOf(new Date()))[chip.dataset['day'] as QuickDay]
}
