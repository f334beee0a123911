/**
 * A separate script that runs before the first paint: it keeps the user's input while the rest is loading, retries
 * files that fail to load, and sets the colour scheme.
 */

/** A submitted task. */
export interface Entered {
  readonly title: string
  readonly due: string
}

declare global {
  interface Window {
    /** Hands over the submitted tasks, and leaves the form to the page from then on. */
    takeEarly?: () => Entered[]
    /** Applies the user's colour scheme, or the system's. */
    showTheme?: () => void
  }
}

const kept = 'entered early'
const tries = 'tries'
/** How often the page reloads when a file is missing: a deployment may be replacing it. */
const mostTries = 5

const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
showTheme()
systemIsDark.addEventListener('change', showTheme)
window.showTheme = showTheme
// The English texts are not shown while another language is about to load.
document.documentElement.classList.toggle('untold', !/^en/i.test(setting('language') || navigator.language))

const entered: Entered[] = []
read()
addEventListener('submit', onSubmit, true)
addEventListener('error', onError, true)

window.takeEarly = () => {
  removeEventListener('submit', onSubmit, true)
  removeEventListener('error', onError, true)
  attempt(() => sessionStorage.removeItem(kept))
  attempt(() => sessionStorage.removeItem(tries))
  return entered.splice(0)
}

function showTheme() {
  const theme = setting('theme') || (systemIsDark.matches ? 'dark' : 'light')
  document.documentElement.dataset['theme'] = theme
  document.querySelector<HTMLMetaElement>('[name=theme-color]')!.content =
    theme === 'dark' ? '#101714' : '#f7f5ef'
}

function setting(name: string): string {
  let value = ''
  attempt(() => {
    value = localStorage.getItem(name) ?? ''
  })
  return value
}

function onSubmit(event: Event) {
  const form = event.target as HTMLFormElement
  if (form.id !== 'composer') return
  event.preventDefault()
  const { title, due } = form as unknown as Record<'title' | 'due', HTMLInputElement>
  if (title.value.trim() === '') return
  entered.push({ title: title.value, due: due.value })
  attempt(() => sessionStorage.setItem(kept, JSON.stringify(entered)))
  title.value = due.value = ''
}

function onError({ target }: Event) {
  if (!(target instanceof HTMLScriptElement || target instanceof HTMLLinkElement)) return
  attempt(() => {
    const count = Number(sessionStorage.getItem(tries)) + 1
    if (count > mostTries) return
    sessionStorage.setItem(tries, String(count))
    setTimeout(() => location.reload(), 500 * 2 ** count)
  })
}

function read() {
  attempt(() => entered.push(...JSON.parse(sessionStorage.getItem(kept) ?? '[]')))
}

/** With cookies blocked every access throws. */
function attempt(run: () => void) {
  try {
    run()
  } catch {
    // The value then lasts as long as this page.
  }
}
