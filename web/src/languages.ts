/** The languages that the page speaks. */
import * as de from './words.de.ts'
import * as en from './words.en.ts'

interface Language {
  readonly words: en.Words
  readonly sayings: en.Sayings
}

export const languages: Readonly<Record<string, Language>> = { en, de }
