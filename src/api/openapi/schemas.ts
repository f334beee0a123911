import { problemTypes } from '../errors.ts'

const id = { type: 'integer', minimum: 1, description: 'Never used twice, also not after a deletion.' }

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export const schemas = {
  CalendarAddress: {
    type: 'object',
    additionalProperties: false,
    required: ['address'],
    properties: {
      address: {
        type: 'string',
        description:
          'Relative to the address of the API. Whoever knows it may read the calendar until it is revoked.',
      },
    },
  },
  Health: {
    type: 'object',
    required: ['status'],
    properties: {
      status: { const: 'ok' },
      warnings: { type: 'array', items: { type: 'string' }, description: 'What the operator should know.' },
    },
    additionalProperties: false,
  },
  Session: {
    type: 'object',
    additionalProperties: false,
    required: ['access'],
    properties: {
      access: { type: 'string', enum: ['open', 'signed in', 'signed out'] },
      name: { type: 'string', description: 'That of the token.' },
      holder: { type: 'string', description: 'Who signed in: the same for all tokens of a name.' },
      until: { type: 'integer', description: 'When the session ends by itself, in milliseconds since 1970.' },
      read: listsOf('The lists that it may read, where they are not all.'),
      write: listsOf('The lists that it may write, where they are not all.'),
    },
  },
  SignIn: {
    type: 'object',
    additionalProperties: false,
    required: ['token'],
    properties: { token: { type: 'string' } },
  },
  Version: {
    type: 'object',
    required: ['version', 'commit', 'built'],
    properties: {
      version: { type: 'string' },
      commit: { type: 'string', description: 'In full, or `unknown`.' },
      built: { type: 'string', description: 'RFC 3339, or `unknown`.' },
    },
    additionalProperties: false,
  },
  Problem: {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: {
        type: 'string',
        enum: ['about:blank', ...problemTypes],
        description: 'What a program can tell apart where the status alone does not say it.',
      },
      title: { type: 'string', description: 'What the type means, or the status.' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { type: 'string', description: 'What is wrong with this request.' },
      errors: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          required: ['pointer', 'detail'],
          properties: {
            pointer: { type: 'string', pattern: '^#', description: 'RFC 6901, as a URI fragment.' },
            detail: { type: 'string' },
            line: { type: 'integer', minimum: 1, description: 'Of an import.' },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
}

function listsOf(description: string) {
  return { type: 'array', items: id, description }
}
