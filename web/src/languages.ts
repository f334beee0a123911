/** The languages that the page speaks. The words of each are a script of their own: who reads one loads no other. */
import { sayings as de } from './words.de.ts'
import { sayings as en, type Sayings, type Words } from './words.en.ts'

interface Language {
  readonly load: () => Promise<{ readonly words: Words }>
  /** Dates are read in English, too, and in each language of the browser. */
  readonly sayings: Sayings
}

export const languages: Readonly<Record<string, Language>> = {
  en: { load: () => import('./words.en.ts'), sayings: en },
  de: { load: () => import('./words.de.ts'), sayings: de },
}
