/** The languages that the page speaks. */
import * as de from './words.de.ts'
import * as en from './words.en.ts'

// Name by name: so a script has those that it uses.
export const languages: Readonly<Record<string, en.Words>> = { en: en.words, de: de.words }

export const sayings: Readonly<Record<string, en.Sayings>> = { en: en.sayings, de: de.sayings }

export const repeatSayings: Readonly<Record<string, en.RepeatSayings>> = {
  en: en.repeatSayings,
  de: de.repeatSayings,
}

export const later: Readonly<Record<string, en.Later>> = { en: en.later, de: de.later }
