/** Modal dialogs that are created on demand and removed when closed. */

/** Creates an element and assigns its properties. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), properties)
}

/** Resolves with the value of the pressed button, '' if dismissed. The first button is the default. */
export function openDialog(
  heading: string,
  parts: readonly HTMLElement[],
  buttons: readonly (readonly [value: string, label: string])[],
): Promise<string> {
  const dialog = element('dialog', { className: 'sheet-dialog' })
  const form = element('form', { method: 'dialog' })
  const title = element('h2', { id: 'dialog-title', textContent: heading })
  dialog.setAttribute('aria-labelledby', title.id)
  const hasOwn = parts.some(({ className }) => className === 'button')
  const made = buttons.map(([value, textContent], index) =>
    element('button', { className: index === 0 && !hasOwn ? 'button' : 'link', value, textContent }),
  )
  form.append(title, ...parts, ...made)
  // Otherwise Chromium focuses a scrollable list.
  if (!form.querySelector('input')) made[0]!.autofocus = true
  dialog.append(form)
  document.body.append(dialog)
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue)
    })
    dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close(''))
    dialog.showModal()
  })
}
