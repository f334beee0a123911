/** Installs the service worker, which caches the page for use offline. */

/** Of https://www.w3.org/TR/trusted-types/, which TypeScript does not know yet. */
declare const trustedTypes:
  | { createPolicy(name: string, rules: object): { createScriptURL(input: string): string } }
  | undefined

/** `isIdle`: whether the page can reload without interrupting the user. */
export function install(isIdle: () => boolean) {
  const container = navigator.serviceWorker
  if (!container) return
  const url = 'service-worker.js'
  const policy =
    typeof trustedTypes === 'undefined'
      ? undefined
      : trustedTypes.createPolicy('service-worker', { createScriptURL: () => url })
  let isOld = false
  container.addEventListener('message', ({ data }) => {
    isOld ||= data !== document.documentElement.dataset['version']
    renew()
  })
  document.addEventListener('visibilitychange', renew)
  // The page has loaded completely.
  const told = () => container.controller?.postMessage(document.documentElement.dataset['version'])
  container.addEventListener('controllerchange', told)
  told()
  void container.register(policy?.createScriptURL(url) ?? url, { updateViaCache: 'none' }).catch(() => {})

  /** A newer page was deployed. It is loaded once the user is not typing. */
  function renew() {
    if (isOld && isIdle()) location.reload()
  }
}
