/** The languages that the page speaks. */
import * as de from './words.de.ts'
import * as en from './words.en.ts'

interface Language {
  readonly words: en.Words
  readonly sayings: en.Sayings
}

// Name by name: so a script has those that it uses.
export const languages: Readonly<Record<string, Language>> = {
  en: { words: en.words, sayings: en.sayings },
  de: { words: de.words, sayings: de.sayings },
}

export const repeatSayings: Readonly<Record<string, en.RepeatSayings>> = {
  en: en.repeatSayings,
  de: de.repeatSayings,
}

export const later: Readonly<Record<string, en.Later>> = { en: en.later, de: de.later }
