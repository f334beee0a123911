/**
 * Makes these the children, in this order. The one that has the focus stays where it is: moved in the document it would
 * lose it, with the keys that are typed next and what an input method composes.
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
