/** Dialogs that are made when they are needed, and are gone when they are closed. */

/** An element with these properties; texts are set as text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), properties)
}

/** Resolves with the value of the button that closed it, or '' where it was dismissed. The first button is the one that Enter presses. */
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
  // A list that scrolls could have the focus, too.
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
