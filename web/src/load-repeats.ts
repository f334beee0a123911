import { dialogs } from './load-later.ts'
import type { Repeats } from './repeat-field.ts'
import { dateLocales, locale } from './words.ts'

let repeats: Repeats | undefined

/** What knows rules. While it has not arrived undefined, and `then` is called when it has. */
export function repeatsNow(then: () => void): Repeats | undefined {
  if (!repeats)
    dialogs().then(
      ({ openRepeats }) => {
        repeats ??= openRepeats(locale, dateLocales)
        then()
      },
      () => {},
    )
  return repeats
}
