/** A message at the edge of the page about the last change, with an undo button. */
/** Long enough to read it and to reach the button; it stays while the pointer or the focus is on it. */
const shownMs = 10_000

export interface Toast {
  /** `stays`: shown until dismissed. */
  show(text: string, action?: ToastAction, stays?: boolean): void
  hide(): void
}

export interface ToastAction {
  readonly label: string
  run(): void
}

export function createToast(element: HTMLElement): Toast {
  const text = element.querySelector('p')!
  const [act, dismiss] = element.querySelectorAll('button')
  let timer: ReturnType<typeof setTimeout> | undefined
  let shown: { action: ToastAction | undefined; stays: boolean } | undefined

  act!.addEventListener('click', () => {
    const action = shown?.action
    hide()
    action?.run()
  })
  dismiss!.addEventListener('click', hide)
  element.addEventListener('pointerenter', () => clearTimeout(timer))
  element.addEventListener('focusin', () => clearTimeout(timer))
  element.addEventListener('pointerleave', wait)
  element.addEventListener('focusout', wait)

  return {
    show(what, action, stays = false) {
      text.textContent = what
      shown = { action, stays }
      act!.hidden = action === undefined
      act!.textContent = action?.label ?? ''
      element.hidden = false
      wait()
    },
    hide,
  }

  function wait() {
    clearTimeout(timer)
    if (shown && !shown.stays) timer = setTimeout(hide, shownMs)
  }

  function hide() {
    clearTimeout(timer)
    element.hidden = true
    shown = undefined
  }
}
