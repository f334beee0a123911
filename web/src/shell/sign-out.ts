/** Signs out: asks for confirmation if data would be lost, and deletes all stored data. */

import { dialogs } from '../load-later.ts'
import { remove } from '../tasks/databases.ts'
import type { Storage } from '../tasks/storage.ts'
import { t } from '../words/words.ts'
import { emptyPage, leavePage } from './access.ts'
import { announce } from './announce.ts'
import type { Leaving } from './leaving.ts'
import type { Session } from './session.ts'
import type { Toast } from './toast.ts'

export interface SignOut {
  begin(everywhere: boolean): Promise<void>
  /** Called when changes may have been sent. */
  update(): void
  /** Leaves the page, and deletes the stored data. */
  leave(): void
}

export interface SignOutOptions {
  readonly session: Session
  readonly storage: Storage
  readonly toast: Toast
  /** Retries pending requests at once. */
  readonly hurry: () => void
}

/** How long to wait for requests in flight before asking the user. */
const graceMs = 500

export function createSignOut({ session, storage, toast, hurry }: SignOutOptions): SignOut {
  let leaving: Leaving | undefined

  return {
    async begin(everywhere) {
      hurry()
      for (const until = performance.now() + graceMs; performance.now() < until; await nextFrame()) {
        const { changes, drafts } = await unsent()
        if (changes + drafts === 0) return end(everywhere)
      }
      const loaded = await dialogs().catch(() => undefined)
      if (!loaded) return failed(t.noFiles)
      leaving = loaded.askToLeave({ unsent, hurry, t })
      if (await leaving.answer) await end(everywhere)
    },
    update() {
      void leaving?.update()
    },
    leave,
  }

  /** The unsent changes of all tabs. */
  async function unsent() {
    const changes = await storage.all('changes')
    const drafts = await storage.all('drafts')
    return { changes: changes.length, drafts: drafts.length }
  }

  function nextFrame() {
    return new Promise((resolve) => requestAnimationFrame(resolve))
  }

  async function end(everywhere: boolean) {
    try {
      await session.signOut(everywhere)
    } catch (error) {
      // Without a response the outcome is unknown: if the cookie is gone, the next request shows it.
      return failed((error as Error).name === 'Error' ? (error as Error).message : t.noAnswer)
    }
    storage.end()
    emptyPage()
    await remove(await session.database)
    leavePage()
  }

  function failed(reason: string) {
    const words = t.notSignedOut(reason)
    toast.show(words, undefined, true)
    announce(words, 'assertive')
  }

  function leave() {
    storage.end()
    emptyPage()
    leavePage()
  }
}
