/** A word at the edge of the page that can be taken back by a button. */
/** Long enough to read it and to reach the button; it stays while the pointer or the focus is on it. */
const shownMs = 10_000

export interface Toast {
  /** `undo`: what the button does, where there is something to take back. */
  show(text: string, undo?: () => void): void
  hide(): void
}

export function createToast(element: HTMLElement): Toast {
  const text = element.querySelector('p')!
  const [undo, dismiss] = element.querySelectorAll('button')
  let timer: ReturnType<typeof setTimeout> | undefined
  let action: (() => void) | undefined

  undo!.addEventListener('click', () => {
    const run = action
    hide()
    run?.()
  })
  dismiss!.addEventListener('click', hide)
  element.addEventListener('pointerenter', () => clearTimeout(timer))
  element.addEventListener('focusin', () => clearTimeout(timer))
  element.addEventListener('pointerleave', wait)
  element.addEventListener('focusout', wait)

  return {
    show(what, run) {
      text.textContent = what
      action = run
      undo!.hidden = run === undefined
      element.hidden = false
      wait()
    },
    hide,
  }

  function wait() {
    clearTimeout(timer)
    timer = setTimeout(hide, shownMs)
  }

  function hide() {
    clearTimeout(timer)
    element.hidden = true
    action = undefined
  }
}
