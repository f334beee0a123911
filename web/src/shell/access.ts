/** Who may see the list, said at its end, and signing out. */

import { t } from '../words/words.ts'
import { pathHere } from './base.ts'
import type { Who } from './session.ts'

let isLeaving = false
let isLeft = false
// What the back button brings is a page that was left.
addEventListener('pageshow', ({ persisted }) => persisted && isLeaving && location.reload())

/** Called when the server requires signing in. Unsent changes are kept until then. */
export function goToSignIn() {
  if (isLeaving) return
  isLeaving = true
  location.assign(`sign-in.html?${new URLSearchParams({ to: pathHere() + location.search })}`)
}

/** Who has signed out leaves nothing, neither on the way nor in what the back button brings. */
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
