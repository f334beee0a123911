import { limits } from '../../limits.ts'
import { colors } from '../../tasks/lists.ts'

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
