/** What a task holds, and how what the user wants of it differs from what the server has. */

export interface Content {
  readonly title: string
  readonly done: boolean
}

export function same(wanted: Content | null, saved: Content | null | undefined): boolean {
  if (wanted === null || saved === null || saved === undefined)
    return (wanted ?? undefined) === (saved ?? undefined)
  return wanted.title === saved.title && wanted.done === saved.done
}

export function difference(saved: Content, wanted: Content): { title?: string; done?: boolean } {
  return {
    ...(wanted.title !== saved.title && { title: wanted.title }),
    ...(wanted.done !== saved.done && { done: wanted.done }),
  }
}

/** The server trims and the like: where nothing newer is wanted, what it made of what was sent is what is wanted. */
export function settled(
  wanted: Content | null,
  sent: Content | null,
  saved: Content | undefined,
): Content | null {
  const answered = saved !== undefined && wanted !== null && wanted === sent && wanted.done === saved.done
  return answered ? saved : wanted
}

/** What is wanted when what was asked could not be had: back to what is saved, but for what was changed since. */
export function without(asked: Content | null, wanted: Content | null, saved: Content): Content | null {
  if (wanted === asked) return saved
  if (asked === null || wanted === null) return wanted
  return {
    title: wanted.title === asked.title ? saved.title : wanted.title,
    done: wanted.done === asked.done ? saved.done : wanted.done,
  }
}
