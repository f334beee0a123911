/** What the page says, in the user's language. The words of dates come from Intl. */

import { ofBrowser } from '../shell/local.ts'
import { languages } from './languages.ts'

/** Without what is no language: WebKitGTK says `C` where the system's locale is that, and Intl throws for it. */
const preferred = navigator.languages.filter(isLanguage)

/** What the user has chosen, or the first of the browser's languages that the page speaks. */
const language =
  [ofBrowser.get('language') ?? '', ...preferred]
    .map((tag) => tag.split('-')[0]!.toLowerCase())
    .find((tag) => tag in languages) ?? 'en'

/** The languages that dates are read in, that of the browser first: day and month stand in its order. */
export const dateLocales: readonly string[] = [...new Set([...preferred, language])].slice(0, 4)

/** For Intl: with the user's region where it is of that language, and otherwise with day and month in the order of the browser's. */
export const locale =
  preferred.find((tag) => tag.toLowerCase().startsWith(language)) ??
  (language === 'en' && isDayFirst(dateLocales[0]!) ? 'en-GB' : language)

export const t = languages[language]!

/** Puts the words where the document names them: `data-t` for the text, `data-t-…` for an attribute. */
export function translate(within: ParentNode) {
  document.documentElement.lang = language
  document.documentElement.classList.remove('untold')
  for (const element of within.querySelectorAll<HTMLElement>('[data-t]'))
    element.textContent = wordOf(element.dataset['t'])
  for (const name of ['placeholder', 'aria-label'])
    for (const element of within.querySelectorAll(`[data-t-${name}]`))
      element.setAttribute(name, wordOf(element.getAttribute(`data-t-${name}`)))
}

function wordOf(name: string | null | undefined): string {
  return String(t[name as keyof typeof t])
}

function isDayFirst(tag: string): boolean {
  const order = new Intl.DateTimeFormat(tag).formatToParts().map(({ type }) => type)
  return order.indexOf('day') < order.indexOf('month')
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0
  } catch {
    return false
  }
}
