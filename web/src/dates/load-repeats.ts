import { dialogsUnstyled } from '../load-later.ts'
import { dateLocales, locale } from '../words/words.ts'
import type { Repeats } from './repeat-field.ts'

let repeats: Repeats | undefined

/** The parser of rules. Undefined until it is loaded; then `then` is called. */
export function repeatsNow(then: () => void): Repeats | undefined {
  if (!repeats)
    // The first letter in a title asks for this: a style sheet that came then could cost WebKit a click.
    dialogsUnstyled().then(
      ({ openRepeats }) => {
        repeats ??= openRepeats(locale, dateLocales)
        then()
      },
      () => {},
    )
  return repeats
}
