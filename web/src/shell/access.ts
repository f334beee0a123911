/** The note on who can see the list, and signing out. */

import { t } from '../words/words.ts'
import { pathHere } from './base.ts'
import type { Who } from './session.ts'

let isLeaving = false
let isLeft = false
// The back button restores a page from before signing out.
addEventListener('pageshow', ({ persisted }) => persisted && isLeaving && location.reload())

/** Called when the server requires signing in. Unsent changes are kept until then. */
export function goToSignIn() {
  if (isLeaving) return
  isLeaving = true
  location.assign(`sign-in.html?${new URLSearchParams({ to: pathHere() + location.search })}`)
}

/** After signing out nothing is shown, neither while leaving nor when the back button restores the page. */
export function emptyPage() {
  isLeaving = true
  document.body.replaceChildren()
}

export function leavePage() {
  if (isLeft) return
  isLeft = true
  location.replace('sign-in.html')
}

export function showAccess(
  element: HTMLElement,
  { access, name }: Who,
  signOut: (everywhere: boolean) => void,
) {
  const isOpen = access === 'open'
  element.querySelector('p')!.textContent = isOpen ? t.openAccess : t.signedIn(String(name))
  for (const button of element.querySelectorAll('button')) {
    button.hidden = isOpen
    button.addEventListener('click', () => signOut(button.dataset['do'] === 'everywhere'))
  }
  element.hidden = false
}
