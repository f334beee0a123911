/** What the user should know of the server and of this browser, in a bar over the page. */
import type { Reach } from '../tasks/api.ts'
import { t } from '../words/words.ts'

export interface State {
  readonly reach: Reach
  /** Changes that wait for the server. */
  readonly unsent: number
  readonly loaded: boolean
  /** Whether unsent changes outlive the tab. */
  readonly isLasting: boolean
  /** Whether something is being written. */
  readonly isWriting: boolean
}

export interface Status {
  update(state: State): void
}

/** `act`: what its button does: tries again, or signs in. */
export function createStatus(bar: HTMLElement, act: (reach: Reach) => void): Status {
  const text = bar.querySelector('p')!
  const button = bar.querySelector('button')!
  let reach: Reach = 'good'
  button.addEventListener('click', () => act(reach))

  return {
    update(state) {
      reach = state.reach
      const words = wordsFor(state)
      bar.hidden = words === ''
      bar.dataset['reach'] = reach
      if (text.textContent !== words) text.textContent = words
      button.textContent = reach === 'unknown' ? t.signIn : t.retry
      button.hidden = reach === 'good'
    },
  }
}

function wordsFor({ reach, unsent, loaded, isLasting, isWriting }: State): string {
  if (reach === 'unknown') return t.signedOut
  if (reach === 'misdirected') return t.misdirected
  if (reach === 'good') return isLasting || (unsent === 0 && !isWriting) ? '' : t.notKept
  const [waking, offline] = isLasting ? [t.waking, t.offline] : [t.wakingNow, t.offlineNow]
  return [reach === 'slow' ? waking : offline, unsent > 0 ? t.unsent(unsent) : '', loaded ? '' : t.waiting]
    .filter(Boolean)
    .join(' ')
}
