import { resources } from '../../domain/resources.ts'
import { limits } from '../../limits.ts'
import { givenNames, type MemberName, memberNames, memberOf } from '../../tasks/members.ts'
import { problemTypes } from '../errors.ts'
import { itemSchemas } from './items.ts'

const orNull = <T extends { readonly type: string }>(schema: T) => ({
  ...schema,
  type: [schema.type, 'null'],
})

const id = schemaOf('id')
const done = schemaOf('done')
const required = givenNames.filter((name) => !memberOf(name).optional)

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export const schemas = {
  Task: {
    type: 'object',
    description: 'A task. The times are there in the full view alone.',
    required: memberNames.filter((name) => memberOf(name).kind !== 'time' && !memberOf(name).optional),
    properties: propertiesOf(memberNames, (name) => ({ ...schemaOf(name), ...memberOf(name).answered })),
    additionalProperties: false,
  },
  ...(Object.assign({}, ...resources.map(itemSchemas)) as ReturnType<typeof itemSchemas>),
  TaskList: { type: 'array', items: { $ref: '#/components/schemas/Task' } },
  NewTask: {
    type: 'object',
    required,
    properties: propertiesOf(givenNames, givenSchema),
    additionalProperties: false,
  },
  TaskChange: {
    type: 'object',
    description: 'A merge patch (RFC 7396): what is left out stays, null clears.',
    properties: propertiesOf(
      memberNames.filter((name) => ['text', 'ref', 'flag'].includes(memberOf(name).kind)),
      givenSchema,
    ),
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
        properties: { ids: { $ref: '#/components/schemas/Ids' }, done },
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
    properties: {
      before: { ...orNull(id), description: 'The task to stand before, or null for the end.' },
      list: {
        ...givenSchema('list'),
        description: 'The list to go to; without it the task stays in its own.',
      },
    },
    additionalProperties: false,
  },
  ExportedTasks: {
    type: 'array',
    items: {
      type: 'object',
      required: memberNames.filter((name) => !memberOf(name).optional),
      properties: propertiesOf(
        memberNames,
        (name) => memberOf(name).imported ?? { ...schemaOf(name), ...memberOf(name).answered },
      ),
      additionalProperties: false,
    },
  },
  ImportedTasks: {
    type: 'array',
    items: {
      type: 'object',
      description: 'A task as an export has it. Its id is left aside.',
      required,
      properties: propertiesOf(memberNames, importedSchema),
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

function countOf(name: string, description: string) {
  return {
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'integer', minimum: 0, description } },
    additionalProperties: false,
  }
}

function schemaOf(name: MemberName) {
  return memberOf(name).schema
}

/** What a client may send. */
function givenSchema(name: MemberName) {
  return memberOf(name).optional ? orNull(schemaOf(name)) : schemaOf(name)
}

function importedSchema(name: MemberName) {
  const { kind, imported } = memberOf(name)
  if (kind === 'id') return {}
  if (imported) return orNull(imported)
  return kind === 'time' ? orNull(schemaOf(name)) : givenSchema(name)
}

function propertiesOf(names: readonly MemberName[], schema: (name: MemberName) => object) {
  return Object.fromEntries(names.map((name) => [name, schema(name)]))
}
