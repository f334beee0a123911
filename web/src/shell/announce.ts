/** Tells users of a screen reader what happened. */
export function announce(message: string, urgency: 'polite' | 'assertive' = 'polite') {
  const region = document.getElementById(urgency)!
  // The same words twice are only read twice when the region was empty in between.
  region.textContent = ''
  requestAnimationFrame(() => {
    region.textContent = message
  })
}
