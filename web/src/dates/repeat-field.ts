/** The parts of rules and dates in titles that a first visit does not need. */
import { element } from '../shell/dialog.ts'
import { repeatSayings } from '../words/languages.ts'
import { l } from '../words/words-later.ts'
import { common, firstDay, joinedRepeat, repeatIn, repeatInWords, splitRepeat } from './repeats.ts'
import { dateIn, type TitleDate, titleWithout } from './title-date.ts'

/** The date or rule found in a title. */
export interface Said extends TitleDate {
  readonly repeat?: string
  /** The title without those words. */
  readonly rest: string
}

export interface Repeats {
  inWords(rule: string): string
  /** Finds a rule in the title, or a date if `orDate`. */
  saidIn(title: string, today: string, orDate: boolean): Said | undefined
  firstDay(rule: string, today: string): string
  /** Builds a field around the hidden input of the rule. Returns a function that updates it after the rule changes. */
  fieldAround(input: HTMLInputElement): () => void
}

/** `locale`: of words; `locales`: what titles are read in. */
export function openRepeats(locale: string, locales: readonly string[]): Repeats {
  const w = l.repeats
  const inWords = (rule: string) => repeatInWords(rule, w, locale)
  return {
    inWords,
    saidIn(title, today, orDate) {
      const said =
        repeatIn(title, repeatSayings, locales, today) ?? (orDate ? dateIn(title, locales, today) : undefined)
      return said && { ...said, rest: titleWithout(title, said) }
    },
    firstDay,
    fieldAround(input) {
      const select = element('select')
      select.setAttribute('aria-label', w.label)
      const box = element('input', { type: 'checkbox' })
      const label = element('label')
      label.append(box, ' ', w.afterCompletion)
      input.parentElement!.append(select, label)
      for (const each of [select, box]) each.addEventListener('change', change)
      show()
      return show

      function change() {
        input.value = joinedRepeat(select.value, box.checked)
        show()
        input.dispatchEvent(new Event('input', { bubbles: true }))
      }

      function show() {
        const { rule, isAfter } = splitRepeat(input.value)
        const rules = ['', ...common, ...(rule === '' || common.includes(rule) ? [] : [rule])]
        const options = rules.map((value) =>
          element('option', { value, textContent: value === '' ? w.never : inWords(value) }),
        )
        select.replaceChildren(...options)
        select.value = rule
        box.checked = isAfter
        label.hidden = rule === ''
      }
    },
  }
}
