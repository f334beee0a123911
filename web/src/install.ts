/** The service worker, which keeps the page for times without a server. */

/** Of https://www.w3.org/TR/trusted-types/, which TypeScript does not know yet. */
declare const trustedTypes:
  | { createPolicy(name: string, rules: object): { createScriptURL(input: string): string } }
  | undefined

/** `isIdle`: whether the page may be loaded anew without taking something from the user. */
export function install(isIdle: () => boolean) {
  const container = navigator.serviceWorker
  if (!container) return
  const url = '/service-worker.js'
  const policy =
    typeof trustedTypes === 'undefined'
      ? undefined
      : trustedTypes.createPolicy('service-worker', { createScriptURL: () => url })
  container.addEventListener('message', ({ data }) => {
    if (data !== document.documentElement.dataset['version']) renew()
  })
  void container.register(policy?.createScriptURL(url) ?? url, { updateViaCache: 'none' }).catch(() => {})

  /** A newer page was deployed. */
  function renew() {
    if (isIdle()) location.reload()
    else addEventListener('visibilitychange', () => location.reload(), { once: true })
  }
}
