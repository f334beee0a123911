import { dialogsUnstyled } from '../load-later.ts'
import { dateLocales, locale } from '../words/words.ts'
import type { Repeats } from './repeat-field.ts'

let repeats: Repeats | undefined

/** What knows rules. While it has not arrived undefined, and `then` is called when it has. */
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
