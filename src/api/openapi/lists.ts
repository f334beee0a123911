import { limits } from '../../limits.ts'
import { colors } from '../../tasks/lists.ts'
import {
  body,
  changedMeanwhile,
  etag,
  full,
  invalid,
  mergePatch,
  missing,
  notModified,
  ok,
  operation,
  parameter,
  response,
  unavailable,
  withBody,
} from './operation.ts'
import { jsonOf, refTo } from './parts.ts'

const name = {
  type: 'string',
  minLength: 1,
  maxLength: limits.listNameLength,
  description: 'By the rules of a title. Two lists may have the same.',
}
const color = { type: 'string', enum: colors }
/** What a client may send. */
const given = { name, color: { type: ['string', 'null'], enum: [...colors, null] } }

/** The schemas of lists. */
export const listSchemas = {
  List: {
    type: 'object',
    description: 'A list of tasks.',
    required: ['id', 'name'],
    properties: {
      id: {
        type: 'integer',
        minimum: 1,
        description: 'Never used twice. That of the first list, which is always there, is 1.',
      },
      name,
      color: { ...color, description: 'Left out when it has none.' },
    },
    additionalProperties: false,
  },
  Lists: { type: 'array', items: { $ref: '#/components/schemas/List' } },
  NewList: { type: 'object', required: ['name'], properties: given, additionalProperties: false },
  ListMove: {
    type: 'object',
    required: ['before'],
    properties: {
      before: {
        type: ['integer', 'null'],
        minimum: 1,
        description: 'The list to stand before, or null for the end.',
      },
    },
    additionalProperties: false,
  },
  ListChange: {
    type: 'object',
    description: 'A merge patch (RFC 7396): what is left out stays, null clears.',
    properties: given,
    additionalProperties: false,
  },
}

const shownList = { 200: ok('The list.', jsonOf('List'), { headers: etag }) }

/** The operations on lists. */
export const listPaths = {
  '/lists': {
    get: operation(
      'lists',
      'showLists',
      'Get all lists in the user’s order, new ones last',
      parameter('IfMatch', 'IfNoneMatch'),
      { 200: ok('The lists.', jsonOf('Lists'), { headers: etag }) },
      notModified,
      changedMeanwhile,
      unavailable,
    ),
    post: operation(
      'lists',
      'createList',
      'Create a list',
      { ...parameter('IdempotencyKey'), ...body(true, jsonOf('NewList')) },
      {
        201: ok('The list.', jsonOf('List'), {
          headers: { ...etag, Location: refTo('headers', 'Location') },
        }),
      },
      withBody,
      invalid,
      unavailable,
      full,
    ),
  },
  '/lists/{id}': {
    ...parameter('ListId'),
    get: operation(
      'lists',
      'showList',
      'Get a list',
      parameter('IfMatch', 'IfNoneMatch'),
      shownList,
      notModified,
      changedMeanwhile,
      missing,
      unavailable,
    ),
    patch: operation(
      'lists',
      'changeList',
      'Change the name or the color of a list',
      {
        ...parameter('IfMatch', 'IfNoneMatch', 'IdempotencyKey'),
        ...body(true, jsonOf('ListChange'), mergePatch('ListChange')),
      },
      shownList,
      missing,
      changedMeanwhile,
      withBody,
      invalid,
      unavailable,
      full,
    ),
    delete: operation(
      'lists',
      'deleteList',
      'Delete a list and its tasks; for 30 days they can be restored',
      parameter('IfMatch', 'IfNoneMatch', 'IdempotencyKey'),
      { 204: { description: 'Deleted.' }, 409: response('Conflict') },
      missing,
      changedMeanwhile,
      invalid,
      unavailable,
    ),
  },
  '/lists/{id}/restore': {
    ...parameter('ListId'),
    post: operation(
      'lists',
      'restoreList',
      'Undo a deletion: the list and the tasks that went with it are as they were',
      parameter('IfMatch', 'IfNoneMatch', 'IdempotencyKey'),
      shownList,
      missing,
      changedMeanwhile,
      invalid,
      unavailable,
      full,
    ),
  },
  '/lists/{id}/move': {
    ...parameter('ListId'),
    post: operation(
      'lists',
      'moveList',
      'Put a list before another, or at the end',
      { ...parameter('IfMatch', 'IfNoneMatch', 'IdempotencyKey'), ...body(true, jsonOf('ListMove')) },
      shownList,
      missing,
      changedMeanwhile,
      withBody,
      invalid,
      unavailable,
    ),
  },
}
