/** Who may see the list, said at its end, and signing out. */
import { t } from './words.ts'

/** Called when the server wants to know who somebody is. What was not sent is kept for after. */
export function goToSignIn() {
  location.assign(`/sign-in.html?${new URLSearchParams({ to: location.pathname + location.search })}`)
}

export async function showAccess(element: HTMLElement) {
  const response = await fetch('/api/session').catch(() => undefined)
  if (!response?.ok) return
  const { access, name } = await response.json().catch(() => ({}))
  if (access === 'signed out' || access === undefined) return
  const [text, button] = [element.querySelector('p')!, element.querySelector('button')!]
  text.textContent = access === 'open' ? t.openAccess : t.signedIn(String(name))
  button.hidden = access === 'open'
  element.hidden = false
  button.addEventListener('click', async () => {
    await fetch('/api/session', { method: 'DELETE' })
    goToSignIn()
  })
}
