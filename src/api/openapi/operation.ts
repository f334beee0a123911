/** What the operations of the OpenAPI document are put together from. */
import { refTo, type responses } from './parts.ts'

type Responses = Readonly<Record<number, unknown>>

export const parameter = (...names: string[]) => ({
  parameters: names.map((name) => refTo('parameters', name)),
})
export const response = (name: keyof typeof responses) => refTo('responses', name)
export const body = (required: boolean, ...content: object[]) => ({
  requestBody: { required, content: Object.assign({}, ...content) },
})
export const mergePatch = (schema: string) => ({
  'application/merge-patch+json': { schema: refTo('schemas', schema) },
})
export const ok = (description: string, content: object, more: object = {}) => ({
  description,
  content,
  ...more,
})

const malformed = {
  400: response('Malformed'),
  401: response('Unauthorized'),
  403: response('Foreign'),
  429: response('TooMany'),
}
export const unavailable = { 503: response('Unavailable') }
export const full = { 507: response('Full') }
export const withBody = { 413: response('TooLarge'), 415: response('MediaType') }
export const invalid = { 422: response('Invalid') }
export const missing = { 404: response('NotFound') }
export const changedMeanwhile = { 412: response('Changed') }
export const notModified = { 304: response('NotModified') }
/** The refusals of what reads, what adds and what changes something. */
export const asRead = { ...notModified, ...changedMeanwhile, ...unavailable }
export const asAdded = { ...withBody, ...invalid, ...unavailable, ...full }
export const asChanged = { ...missing, ...changedMeanwhile, ...invalid, ...unavailable }
export const etag = { ETag: refTo('headers', 'ETag') }

export function operation(
  tag: string,
  operationId: string,
  summary: string,
  parts: object,
  ...answers: Responses[]
) {
  const description = `${summary}.`
  return {
    operationId,
    summary,
    description,
    tags: [tag],
    ...parts,
    responses: { ...Object.assign({}, malformed, ...answers), default: response('Fault') },
  }
}
