import { domain } from '../domain/store.ts'
import type { Write } from './writes.ts'

/** The same text for all requests that say the same, in whatever order. */
export function meaningOf(write: Write): string {
  return JSON.stringify(write, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const members = Object.entries(value).filter(
      ([name, member]) => name !== 'key' && domain.isMeant(write, name, member),
    )
    return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** Only this hash of a request is kept: a repeat brings the rest along. */
export function hashOf(request: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(request).digest('base64url')
}

/** `known` as it was kept, by an earlier version as a whole. */
export function isRequest(known: string, request: string): boolean {
  return known === hashOf(request) || known === request
}
