/** Modal dialogs that are created on demand and removed when closed. */

/** Creates an element and assigns its properties. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), properties)
}

export interface Dialog {
  readonly element: HTMLDialogElement
  /** The value of the button that was pressed, or of `close`; '' if dismissed. */
  readonly answer: Promise<string>
}

/** The first button is the default. */
export function openDialog(
  heading: string,
  parts: readonly HTMLElement[],
  buttons: readonly (readonly [value: string, label: string])[],
): Dialog {
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
  const { promise: answer, resolve } = Promise.withResolvers<string>()
  dialog.addEventListener('close', () => {
    dialog.remove()
    resolve(dialog.returnValue)
  })
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close(''))
  dialog.showModal()
  return { element: dialog, answer }
}
