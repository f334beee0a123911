/** The user's language and theme in this browser. Both take effect before the first paint of the next visit (early.ts). */
import { languages } from '../words/languages.ts'
import { ofBrowser } from './local.ts'

export function listenToChoices(theme: HTMLSelectElement, language: HTMLSelectElement) {
  for (const name of Object.keys(languages)) {
    const option = new Option(new Intl.DisplayNames(name, { type: 'language' }).of(name), name)
    option.lang = name
    language.append(option)
  }
  listen(theme, 'theme', () => window.showTheme?.())
  listen(language, 'language', () => location.reload())
}

function listen(select: HTMLSelectElement, name: string, chosen: () => void) {
  select.value = ofBrowser.get(name) ?? ''
  select.addEventListener('change', () => {
    ofBrowser.set(name, select.value)
    chosen()
  })
}
