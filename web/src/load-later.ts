/** Two scripts and their style sheet that a first visit does not need, loaded on demand. */

const styles = once(addStyles)
/** All reject while the server cannot be reached and the browser has not kept them. The first is for what shows nothing of its own. */
export const dialogsUnstyled = once(() => import('./dialogs.ts'))
export const dialogs = once(() => withStyles(dialogsUnstyled()))
export const elsewhere = once(() => withStyles(import('./elsewhere.ts')))

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined
  return () => {
    loading ??= load().catch((error: unknown) => {
      // Another try may find the server again.
      loading = undefined
      throw error
    })
    return loading
  }
}

async function withStyles<T>(script: Promise<T>): Promise<T> {
  await styles()
  return script
}

function addStyles(): Promise<void> {
  const link = document.createElement('link')
  link.rel = 'stylesheet'
  link.href = 'later.css'
  // While a sheet for the screen is loading, WebKit draws nothing new and loses clicks on it.
  link.media = 'print'
  document.head.append(link)
  return new Promise((resolve, reject) => {
    link.onload = () => {
      link.media = ''
      resolve()
    }
    link.onerror = () => {
      link.remove()
      reject(new Error('later.css'))
    }
  })
}
