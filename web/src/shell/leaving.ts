/** Asks for confirmation when signing out with unsent changes. */

import type { Words } from '../words/words.en.ts'
import { l } from '../words/words-later.ts'
import { element, openDialog } from './dialog.ts'

export interface LeavingOptions {
  /** The number of unsent changes of all tabs. */
  readonly unsent: () => Promise<{ changes: number; drafts: number }>
  /** Retries pending requests at once. */
  readonly hurry: () => void
  readonly t: Words
}

export interface Leaving {
  /** Whether to sign out. */
  readonly answer: Promise<boolean>
  /** Called when changes may have been sent. */
  update(): Promise<void>
}

export function askToLeave({ unsent, hurry, t }: LeavingOptions): Leaving {
  const text = element('p', { id: 'leaving-text' })
  const { element: dialog, answer } = openDialog(
    l.leaving,
    [text],
    [
      ['', l.stay],
      ['send', l.sendFirst],
      ['leave', l.leaveAnyway],
    ],
  )
  dialog.setAttribute('aria-describedby', text.id)
  const [, send, leave] = dialog.querySelectorAll('button')
  leave!.classList.add('danger')
  let isSending = false
  send!.addEventListener('click', (event) => {
    event.preventDefault()
    isSending = true
    hurry()
    void update()
  })
  void update()

  return { answer: answer.then((value) => value === 'leave'), update }

  async function update() {
    const { changes, drafts } = await unsent()
    send!.hidden = changes === 0
    text.textContent = [changes > 0 ? t.unsent(changes) : '', drafts > 0 ? l.unsaved : '', l.leavingMore]
      .filter(Boolean)
      .join(' ')
    if (isSending && changes + drafts === 0) dialog.close('leave')
  }
}
