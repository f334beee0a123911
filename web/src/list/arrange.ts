/**
 * Makes these the children, in this order. The focused child is not moved: moving it would
 * blur it, and lose the next keystrokes and an input method's composition.
 */
export function arrange(parent: HTMLElement, wanted: readonly HTMLElement[]) {
  const fixed = wanted.find((element) => element.contains(document.activeElement))
  let at = parent.firstElementChild
  for (const element of wanted) {
    if (element === fixed)
      while (at && at !== fixed) {
        const next: Element | null = at.nextElementSibling
        parent.append(at)
        at = next
      }
    if (element === at) at = at.nextElementSibling
    else parent.insertBefore(element, at)
  }
}
