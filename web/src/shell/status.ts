/** The status bar: the state of the server and of this browser. */
import type { Reach } from '../tasks/api.ts'
import { t } from '../words/words.ts'

export interface State {
  readonly reach: Reach
  /** The number of unsent changes. */
  readonly unsent: number
  readonly loaded: boolean
  /** Whether unsent changes outlive the tab. */
  readonly isLasting: boolean
  /** Whether there are drafts. */
  readonly isWriting: boolean
}

export interface Status {
  update(state: State): void
}

/** `act`: the action of its button: retry, or sign in. */
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
