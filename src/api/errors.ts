import { type Call, HttpError, type ProblemType, problem, type Reply } from '../http/message.ts'
import { limits } from '../limits.ts'
import type { Log } from '../log.ts'
import {
  Forbidden,
  Full,
  Invalid,
  KeyReused,
  NotFound,
  NotReady,
  Unavailable,
  UnknownCursor,
  VersionMismatch,
} from '../resources/errors.ts'

const retryAfter = ['Retry-After', String(limits.retryAfterSeconds)]

const refused = 'The service cannot do this now, and did nothing; try again'
const uncertain =
  'The service could not finish this, and it may have been done; send it again with the same Idempotency-Key, or look first'

/** Problem types for statuses that have several causes. */
const kinds = {
  invalid: kind('invalid', 'The content breaks a rule'),
  keyReused: kind('key-reused', 'The Idempotency-Key belongs to another request'),
  unknownCursor: kind('unknown-cursor', 'The cursor names no task'),
  notReady: kind('not-ready', 'The service is starting or changing over'),
  notDone: kind('not-done', 'Nothing was done'),
  uncertain: kind('uncertain', 'It may have been done'),
  full: kind('full', 'There is no room for more'),
}

/** Their URIs, for OpenAPI. */
export const problemTypes = Object.values(kinds).map(({ type }) => type)

function kind(name: string, title: string): ProblemType {
  return { type: `urn:problem-type:taskapp:${name}`, title }
}

/** The reply for each error. A 5xx tells the client nothing but the request id; the log has the cause. */
export function errorReplies(log: Log): (error: unknown, call: Call) => Reply {
  return (error, call) => {
    if (error instanceof HttpError) return problem(error.status, error.message, { headers: error.headers })
    if (error instanceof NotFound) return problem(404, error.message)
    if (error instanceof UnknownCursor) return problem(400, error.message, { kind: kinds.unknownCursor })
    if (error instanceof VersionMismatch) return problem(412, error.message)
    if (error instanceof KeyReused)
      return problem(422, 'This Idempotency-Key was used for another request; use a new key for each', {
        kind: kinds.keyReused,
      })
    if (error instanceof Invalid)
      return problem(422, error.message, { errors: error.faults, kind: kinds.invalid })
    if (error instanceof NotReady) {
      log.info('not ready', { id: call.id, reason: error.message })
      return problem(503, `The service is not ready: ${error.message}`, {
        headers: retryAfter,
        kind: kinds.notReady,
      })
    }
    if (error instanceof Forbidden) return problem(403, error.message)
    if (error instanceof Full) return problem(507, error.message, { kind: kinds.full })
    log.error('request failed', { id: call.id, method: call.method, error: describe(error) })
    if (error instanceof Unavailable)
      return problem(503, error.undone ? refused : uncertain, {
        headers: retryAfter,
        kind: error.undone ? kinds.notDone : kinds.uncertain,
      })
    return problem(500, 'Something went wrong here; the log has it under the id in X-Request-Id')
  }
}

/** The error and its causes, with the stack of the error itself. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `; caused by ${describe(error.cause)}`
  return (error.stack ?? String(error)) + cause
}
