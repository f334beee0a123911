/** Announces messages to screen readers. */
export function announce(message: string, urgency: 'polite' | 'assertive' = 'polite') {
  const region = document.getElementById(urgency)!
  // A repeated message is read again only if the region was empty in between.
  region.textContent = ''
  requestAnimationFrame(() => {
    region.textContent = message
  })
}
