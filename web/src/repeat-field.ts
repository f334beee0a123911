/** All of rules that a first visit does not need: in words, in titles, and a field to choose one. */
import { element } from './dialog.ts'
import { repeatSayings } from './languages.ts'
import { common, firstDay, joinedRepeat, repeatIn, repeatInWords, type Said, splitRepeat } from './repeats.ts'
import { l } from './words-later.ts'

export interface Repeats {
  inWords(rule: string): string
  saidIn(title: string, today: string): Said | undefined
  firstDay(rule: string, today: string): string
  /** Puts a field around the hidden one that holds the rule. Returns what shows the rule when that has changed. */
  fieldAround(input: HTMLInputElement): () => void
}

/** `locale`: of words; `locales`: what titles are read in. */
export function openRepeats(locale: string, locales: readonly string[]): Repeats {
  const w = l.repeats
  const inWords = (rule: string) => repeatInWords(rule, w, locale)
  return {
    inWords,
    saidIn: (title, today) => repeatIn(title, repeatSayings, locales, today),
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
