/** What the scripts say that are loaded when they are needed, in the language that words.ts has chosen. */
import { later } from './languages.ts'

export const l = later[document.documentElement.lang]!
