import { limits } from '../../limits.ts'
import { problemTypes } from '../errors.ts'

const title = {
  type: 'string',
  minLength: 1,
  maxLength: limits.titleLength,
  description:
    'Something visible, without control characters, line separators and what turns the direction of text; white space at both ends is taken off.',
}
const notes = {
  type: 'string',
  maxLength: limits.notesLength,
  description: 'Lines of text; left out when there are none.',
}
const due = {
  type: 'string',
  format: 'date',
  description: 'A date and no time; left out when there is none.',
}
const time = { type: 'string', format: 'date-time', description: 'UTC, with milliseconds.' }
const id = { type: 'integer', minimum: 1, description: 'Never used twice, also not after a deletion.' }
const orNull = <T extends { readonly type: string }>(schema: T) => ({
  ...schema,
  type: [schema.type, 'null'],
})

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export const schemas = {
  Task: {
    type: 'object',
    description: 'A task. The times are there in the full view alone.',
    required: ['id', 'title', 'done'],
    properties: {
      id,
      title,
      done: { type: 'boolean' },
      notes: { ...notes, minLength: 1 },
      due,
      created: time,
      updated: time,
      completed: { ...time, description: 'Left out unless the task is done.' },
    },
    additionalProperties: false,
  },
  TaskList: { type: 'array', items: { $ref: '#/components/schemas/Task' } },
  NewTask: {
    type: 'object',
    required: ['title'],
    properties: { title, notes: orNull(notes), due: orNull(due) },
    additionalProperties: false,
  },
  TaskChange: {
    type: 'object',
    description: 'A merge patch (RFC 7396): what is left out stays, null clears.',
    properties: { title, done: { type: 'boolean' }, notes: orNull(notes), due: orNull(due) },
    additionalProperties: false,
  },
  Ids: {
    type: 'array',
    description: `Tasks by their ids, each alone or as a range, at most ${limits.bulkTasks} in all. Those that are not there are passed over.`,
    minItems: 1,
    items: {
      oneOf: [
        id,
        {
          type: 'array',
          description: 'The first and the last.',
          items: id,
          minItems: 2,
          maxItems: 2,
        },
      ],
    },
  },
  BulkChange: {
    oneOf: [
      {
        type: 'object',
        description: 'Without `ids` all tasks.',
        required: ['done'],
        properties: { ids: { $ref: '#/components/schemas/Ids' }, done: { type: 'boolean' } },
        additionalProperties: false,
      },
      {
        type: 'object',
        required: ['ids', 'deleted'],
        properties: { ids: { $ref: '#/components/schemas/Ids' }, deleted: { const: true } },
        additionalProperties: false,
      },
    ],
  },
  Undo: {
    type: 'object',
    required: ['key'],
    properties: {
      key: { type: 'string', description: 'The `Idempotency-Key` of the request to take back.' },
    },
    additionalProperties: false,
  },
  Move: {
    type: 'object',
    required: ['before'],
    properties: { before: { ...orNull(id), description: 'The task to stand before, or null for the end.' } },
    additionalProperties: false,
  },
  ImportedTasks: {
    type: 'array',
    items: {
      type: 'object',
      description: 'A task as an export has it. Its id is left aside.',
      required: ['title'],
      properties: {
        id: {},
        title,
        done: { type: 'boolean' },
        notes: orNull(notes),
        due: orNull(due),
        created: orNull(time),
        updated: orNull(time),
        completed: orNull(time),
      },
      additionalProperties: false,
    },
  },
  Changed: countOf('changed', 'How many tasks were changed.'),
  Deleted: countOf('deleted', 'How many tasks were deleted.'),
  Imported: countOf('imported', 'How many tasks were added.'),
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

function countOf(name: string, description: string) {
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'integer', minimum: 0, description } },
    additionalProperties: false,
  }
}
