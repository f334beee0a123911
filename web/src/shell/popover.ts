/** Positions menus over the page: only the newest browsers support CSS anchor positioning. */

/** Opens the menu under its button, no larger than the space there. */
export function openUnder(button: HTMLElement, menu: HTMLElement) {
  button.setAttribute('aria-haspopup', 'true')
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState === 'open') place(button, menu)
  })
}

export function place(button: HTMLElement, menu: HTMLElement) {
  const at = button.getBoundingClientRect()
  const box = menu.getBoundingClientRect()
  const isRtl = getComputedStyle(button).direction === 'rtl'
  const left = isRtl ? at.left : at.right - box.width
  const below = at.bottom + box.height <= innerHeight || at.top < box.height
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - box.width - 8))}px`
  menu.style.top = `${Math.max(8, Math.min(below ? at.bottom : at.top - box.height, innerHeight - box.height - 8))}px`
}
