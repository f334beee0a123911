/** What is said of other programs, in the user's language. */
import { elsewhere as de } from './words.de.ts'
import { type ElsewhereWords, elsewhere as en } from './words.en.ts'
import { language } from './words.ts'

const languages: Readonly<Record<string, ElsewhereWords>> = { en, de }

export const e = languages[language] ?? en
