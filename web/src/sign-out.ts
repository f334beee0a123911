/** Signing out: asks first where something would be lost, and leaves nothing behind. */
import { emptyPage, leavePage } from './access.ts'
import { announce } from './announce.ts'
import { remove } from './databases.ts'
import type { Session } from './session.ts'
import type { Storage } from './storage.ts'
import type { Toast } from './toast.ts'
import { t } from './words.ts'

export interface SignOut {
  begin(everywhere: boolean): Promise<void>
  /** Something may have been sent. */
  update(): Promise<void>
  /** Leaves the page, and lets go of what was kept. */
  leave(): void
}

export interface SignOutOptions {
  readonly session: Session
  readonly storage: Storage
  readonly toast: Toast
  /** Tries at once what waits for the server. */
  readonly hurry: () => void
}

/** How long what is just being sent may take before anything is asked. */
const graceMs = 500

export function createSignOut({ session, storage, toast, hurry }: SignOutOptions): SignOut {
  const dialog = document.getElementById('leaving') as HTMLDialogElement
  const text = dialog.querySelector('p')!
  const send = dialog.querySelector<HTMLButtonElement>('[value=send]')!
  let isEverywhere = false
  let isSending = false

  send.addEventListener('click', (event) => {
    event.preventDefault()
    isSending = true
    hurry()
    void update()
  })
  dialog.addEventListener('close', () => {
    isSending = false
    if (dialog.returnValue === 'leave') void end()
  })

  return {
    async begin(everywhere) {
      isEverywhere = everywhere
      hurry()
      for (const until = performance.now() + graceMs; performance.now() < until; await nextFrame())
        if (await isAllSent()) return end()
      dialog.returnValue = ''
      dialog.showModal()
    },
    update,
    leave,
  }

  async function update() {
    if (isSending && (await isAllSent())) dialog.close('leave')
  }

  /** Looks at what all tabs have. */
  async function isAllSent(): Promise<boolean> {
    const changes = await storage.all('changes')
    const drafts = await storage.all('drafts')
    send.hidden = changes.length === 0
    text.textContent = [
      changes.length > 0 ? t.unsent(changes.length) : '',
      drafts.length > 0 ? t.unsaved : '',
      t.leavingMore,
    ]
      .filter(Boolean)
      .join(' ')
    return changes.length + drafts.length === 0
  }

  function nextFrame() {
    return new Promise((resolve) => requestAnimationFrame(resolve))
  }

  async function end() {
    try {
      await session.signOut(isEverywhere)
    } catch (error) {
      // Without an answer nobody knows: the cookie may be gone, and then the next request says so.
      const words = t.notSignedOut((error as Error).name === 'Error' ? (error as Error).message : t.noAnswer)
      toast.show(words, undefined, true)
      return announce(words, 'assertive')
    }
    storage.end()
    emptyPage()
    await remove(await session.database)
    leavePage()
  }

  function leave() {
    storage.end()
    emptyPage()
    leavePage()
  }
}
