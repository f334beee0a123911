/** The path under which the page is served: `/`, or a proxy's prefix such as `/todo/`. All routes are one segment below it. */
export function base(): string {
  return new URL('.', location.href).pathname
}

/** The current path relative to the base: '' or the name of a view. */
export function pathHere(): string {
  return location.pathname.slice(base().length)
}

/** A storage key or database name that is unique to this base: pages under other paths of the origin share the browser's storage. */
export function ownName(name: string): string {
  return base() === '/' ? name : `${name}${base()}`
}
