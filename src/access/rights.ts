/** Which lists a token may read and write, by their ids; undefined: all. What may be written may be read. */
export interface Rights {
  readonly readable: readonly number[] | undefined
  readonly writable: readonly number[] | undefined
  /** In one form: the same for the same rights. */
  readonly text: string
}

/** `:read`, `:write`, `:read=2+5`, `:read=2:write=3` or nothing, which is everything. Undefined if it is none of these. */
export function parseRights(given: string): Rights | 'all' | undefined {
  let readable: readonly number[] | undefined = []
  let writable: readonly number[] | undefined = []
  const parts = given.split(':').slice(1)
  for (const part of parts) {
    const [, right, ids] = /^(read|write)(?:=([1-9]\d{0,8}(?:\+[1-9]\d{0,8})*))?$/.exec(part) ?? []
    if (right === undefined) return undefined
    const lists = ids?.split('+').map(Number)
    readable = union(readable, lists)
    if (right === 'write') writable = union(writable, lists)
  }
  if (parts.length === 0 || writable === undefined) return 'all'
  return { readable, writable, text: `read=${readable?.join('+') ?? 'all'},write=${writable.join('+')}` }
}

function union(
  some: readonly number[] | undefined,
  more: readonly number[] | undefined,
): readonly number[] | undefined {
  if (some === undefined || more === undefined) return undefined
  return [...new Set([...some, ...more])].sort((a, b) => a - b)
}
