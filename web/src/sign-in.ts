/** The page that asks for a token. */
import { ownName } from './shell/base.ts'
import { t, translate } from './words/words.ts'
import { l } from './words/words-later.ts'

const form = document.getElementById('sign-in') as HTMLFormElement
const token = form.querySelector('input')!
const fault = document.getElementById('fault')!

translate(document)
document.title = t.signIn
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void signIn()
})
token.focus()

async function signIn() {
  fault.textContent = ''
  try {
    const response = await fetch('api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: token.value.trim() }),
    })
    if (response.ok) {
      forgetLast()
      return location.replace(target())
    }
    fault.textContent = wordsFor(response)
  } catch {
    fault.textContent = t.offline
  }
  token.select()
}

/** The last holder need not be the one who signs in: the page asks the server. */
function forgetLast() {
  try {
    localStorage.removeItem(ownName('holder'))
  } catch {
    // Nothing was remembered.
  }
}

function wordsFor({ status, headers }: Response): string {
  if (status === 429) return l.tooManyTokens(Number(headers.get('Retry-After')))
  if (status === 421) return t.misdirected
  return status >= 500 ? l.notNow : l.wrongToken
}

/** Where the user came from: a path of this page, whatever the address says. */
function target(): string {
  const to = new URLSearchParams(location.search).get('to') ?? ''
  return /^(?:today|upcoming|all|completed)?(?:\?[^#]*)?$/.test(to) ? `./${to}` : './'
}
