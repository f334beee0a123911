import {
  asAdded,
  asChanged,
  asRead,
  body,
  changedMeanwhile,
  etag,
  invalid,
  mergePatch,
  missing,
  ok,
  operation,
  parameter,
  response,
  unavailable,
  withBody,
} from '../../api/openapi/operation.ts'
import { headers as general, header, jsonOf, query, refTo } from '../../api/openapi/parts.ts'
import { limits } from '../../limits.ts'
import { givenNames, type MemberName, memberNames, memberOf, searchedNames } from '../members.ts'

/** What the general parts of the document say of the tasks. */
export const words = {
  service: 'Tasks in an order of one’s own.',
  everything: 'All tasks at once, and what happens to them.',
  events: ['created', 'changed', 'restored (a task in full view)', 'deleted', 'moved'],
}

export const tags = [{ name: 'tasks', description: 'One task or many.' }]

/** As in a pattern. */
const day = '\\d{4}-\\d{2}-\\d{2}'

export const parameters = {
  Id: {
    name: 'id',
    in: 'path',
    required: true,
    description: 'Which task.',
    schema: { type: 'integer', minimum: 1 },
  },
  List: query('list', 'Only tasks in the list with this id; 1 is the first.', {
    type: 'integer',
    minimum: 1,
  }),
  Done: query('done', 'Only tasks that are done, or that are not.', { type: 'boolean' }),
  Words: query(
    'q',
    `Only tasks with all these words in ${searchedNames.join(' or ')}, the last one at least as a beginning. Case, accents and what shows nothing do not count.`,
    {
      type: 'string',
      maxLength: limits.searchLength,
    },
  ),
  Due: query(
    'due',
    'Only tasks due on this date or before, or in a range of dates with both of its ends, of which one may be left out: `2026-12-01..2026-12-24`, `2026-12-25..`. `none`: only tasks without a date.',
    { type: 'string', pattern: `^(${day}|(${day})?\\.\\.${day}|${day}\\.\\.|none)$` },
  ),
  Sort: query(
    'sort',
    'By date, those without one at the end; of one date in the order of the list. Not together with `q`.',
    { type: 'string', enum: ['due'] },
  ),
  View: query('view', 'With the times of each task.', { type: 'string', enum: ['full'] }),
  Limit: query('limit', 'At most so many tasks; without it all of them.', {
    type: 'integer',
    minimum: 1,
    maximum: limits.pageSize,
  }),
  After: query(
    'after',
    'Only tasks behind the one with this id, which may have been deleted meanwhile; 0 for all. The `Link` of a page has more than an id, and goes on where that page ended although its last task was moved.',
    { type: 'string', pattern: `^\\d+(\\.-?\\d+\\.\\d+(\\.(${day}|none))?)?$` },
  ),
  Format: query('format', 'The form of the export.', {
    type: 'string',
    enum: ['json', 'csv'],
    default: 'json',
  }),
  Key: query('key', 'What `POST /calendar` gave, in place of a token.', { type: 'string' }),
  IfUnmodifiedSince: header(
    'If-Unmodified-Since',
    'Only if it was not changed after this time; of no account beside `If-Match`.',
    { type: 'string' },
  ),
  Today: header(
    'Today',
    'The date at the client: a repeating task that this completes goes on behind it. Without it the date of UTC.',
    { type: 'string', format: 'date' },
  ),
}

export const headers = {
  LastModified: { description: 'When it was changed last.', required: true, schema: { type: 'string' } },
  Link: { description: 'The next page (RFC 8288), where there is one.', schema: { type: 'string' } },
  Total: {
    description: `How many tasks the filters let through, whatever the page; left out where a search or a date finds more than ${limits.pageSize}.`,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
  Disposition: { description: 'A name for the file.', required: true, schema: { type: 'string' } },
}

const conditions = ['IfMatch', 'IfNoneMatch', 'IfUnmodifiedSince']
const dated = { ...etag, 'Last-Modified': refTo('headers', 'LastModified') }
const shown = { 200: ok('The task.', jsonOf('Task'), { headers: dated }) }

export const paths = {
  '/tasks': {
    get: operation(
      'tasks',
      'listTasks',
      'List tasks in the user’s order, new ones last: all, or with a limit page by page',
      parameter('List', 'Done', 'Words', 'Due', 'Sort', 'View', 'Limit', 'After', 'IfMatch', 'IfNoneMatch'),
      {
        200: ok('The tasks.', jsonOf('TaskList'), {
          headers: { ...etag, Link: refTo('headers', 'Link'), 'X-Total-Count': refTo('headers', 'Total') },
        }),
      },
      asRead,
    ),
    post: operation(
      'tasks',
      'createTask',
      'Create a task',
      { ...parameter('View', 'IdempotencyKey'), ...body(true, jsonOf('NewTask')) },
      {
        201: ok('The task.', jsonOf('Task'), {
          headers: { ...etag, Location: refTo('headers', 'Location') },
        }),
      },
      asAdded,
    ),
    patch: operation(
      'tasks',
      'changeTasks',
      'Mark tasks as done or not, all of them or those named, or delete those named',
      {
        ...parameter('IdempotencyKey', 'Today'),
        ...body(true, jsonOf('BulkChange'), mergePatch('BulkChange')),
      },
      { 200: ok('Done.', jsonOf('Changed')) },
      asAdded,
    ),
    delete: operation(
      'tasks',
      'deleteCompletedTasks',
      'Delete the completed tasks',
      {
        parameters: [
          { ...parameters.Done, required: true, schema: { const: true } },
          refTo('parameters', 'List'),
          refTo('parameters', 'IdempotencyKey'),
        ],
      },
      { 200: ok('Done.', jsonOf('Deleted')) },
      invalid,
      unavailable,
    ),
  },
  '/tasks/undo': {
    post: operation(
      'tasks',
      'undo',
      'Take back a change of named tasks, an import or an undo of the last 24 hours, by the key that it bore',
      { ...parameter('IdempotencyKey', 'Today'), ...body(true, jsonOf('Undo')) },
      { 200: ok('Done, but for tasks that were changed since.', jsonOf('Changed')) },
      asAdded,
      missing,
    ),
  },
  '/tasks/{id}': {
    ...parameter('Id'),
    get: operation(
      'tasks',
      'showTask',
      'Show a task',
      parameter('View', ...conditions),
      shown,
      asRead,
      missing,
    ),
    patch: operation(
      'tasks',
      'changeTask',
      'Change members of a task, or without a body and its type turn done over',
      {
        ...parameter('View', ...conditions, 'IdempotencyKey', 'Today'),
        ...body(false, jsonOf('TaskChange'), mergePatch('TaskChange')),
      },
      shown,
      asAdded,
      missing,
      changedMeanwhile,
    ),
    delete: operation(
      'tasks',
      'deleteTask',
      'Delete a task; for 30 days it can be restored',
      parameter(...conditions, 'IdempotencyKey'),
      { 204: { description: 'Deleted.' } },
      asChanged,
    ),
  },
  '/tasks/{id}/restore': {
    ...parameter('Id'),
    post: operation(
      'tasks',
      'restoreTask',
      'Undo a deletion: same id, members and place',
      parameter('View', ...conditions, 'IdempotencyKey'),
      shown,
      asChanged,
    ),
  },
  '/tasks/{id}/move': {
    ...parameter('Id'),
    post: operation(
      'tasks',
      'moveTask',
      'Put a task before another, or at the end, and into another list',
      { ...parameter('View', ...conditions, 'IdempotencyKey'), ...body(true, jsonOf('Move')) },
      shown,
      asChanged,
      withBody,
    ),
  },
  '/export': {
    get: operation(
      'everything',
      'exportTasks',
      'Get everything, with times',
      parameter('Format'),
      {
        200: ok(
          'Everything.',
          {
            'application/json': { schema: refTo('schemas', 'ExportedTasks') },
            'text/csv': { schema: { type: 'string' } },
          },
          { headers: { 'Content-Disposition': refTo('headers', 'Disposition') } },
        ),
      },
      unavailable,
    ),
  },
  '/import': {
    post: operation(
      'everything',
      'importTasks',
      'Add what an export holds, all or nothing',
      {
        ...parameter('IdempotencyKey'),
        ...body(true, jsonOf('ImportedTasks'), { 'text/csv': { schema: { type: 'string' } } }),
      },
      { 200: ok('All of it is there.', jsonOf('Imported')) },
      asAdded,
    ),
  },
  '/calendar.ics': {
    get: operation(
      'everything',
      'showCalendar',
      'Get the open tasks that have a date as a calendar to subscribe to (RFC 5545)',
      parameter('Key', 'List', 'IfMatch', 'IfNoneMatch'),
      {
        200: ok(
          'The calendar.',
          { 'text/calendar': { schema: { type: 'string' } } },
          // None where it is longer than a page.
          { headers: { ETag: { ...general.ETag, required: false } } },
        ),
      },
      { 404: response('NotFound') },
      asRead,
    ),
  },
}

const orNull = <T extends { readonly type: string }>(schema: T) => ({
  ...schema,
  type: [schema.type, 'null'],
})

const id = schemaOf('id')
const done = schemaOf('done')
const required = givenNames.filter((name) => !memberOf(name).optional)

export const schemas = {
  Task: {
    type: 'object',
    description: 'A task. The times are there in the full view alone.',
    required: memberNames.filter((name) => memberOf(name).kind !== 'time' && !memberOf(name).optional),
    properties: propertiesOf(memberNames, (name) => ({ ...schemaOf(name), ...memberOf(name).answered })),
    additionalProperties: false,
  },
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
