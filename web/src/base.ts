/** Where the page is mounted: `/`, or the path that a proxy has given it, such as `/todo/`. All of its own addresses are one segment below. */
export function base(): string {
  return new URL('.', location.href).pathname
}

/** The path without that: '' or the name of a view. */
export function pathHere(): string {
  return location.pathname.slice(base().length)
}

/** What something is called in the browser, which keeps what belongs to an origin: several pages may share one. */
export function ownName(name: string): string {
  return base() === '/' ? name : `${name}${base()}`
}
