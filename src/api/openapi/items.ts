import { type ItemMember, namesOf, type Resource, requiredNames } from '../../resources/resource.ts'
import {
  asAdded,
  asChanged,
  asRead,
  body,
  changedMeanwhile,
  etag,
  full,
  mergePatch,
  missing,
  ok,
  operation,
  parameter,
  response,
  withBody,
} from './operation.ts'
import { jsonOf, refTo } from './parts.ts'

/** As a client sends it. */
const givenSchema = ({ schema, optional }: ItemMember) => {
  if (!optional) return schema
  const choices = Array.isArray(schema['enum']) && { enum: [...schema['enum'], null] }
  return { ...schema, type: [schema.type, 'null'], ...choices }
}
const shownSchema = ({ schema, optional }: ItemMember) => ({
  ...schema,
  ...(optional && { description: `${schema['description'] ?? ''} Left out when it has none.`.trimStart() }),
})

/** `list` as a part of names of schemas and operations: `List`. */
const capitalized = (name: string) => `${name[0]!.toUpperCase()}${name.slice(1)}`

/** The schemas of a resource: of `lists` List, Lists, NewList, ListChange and ListMove. */
export function itemSchemas(resource: Resource) {
  const { one, name, members, fixed } = resource
  const One = capitalized(one)
  const propertiesAs = (schema: (member: ItemMember) => object) =>
    Object.fromEntries(namesOf(resource).map((member) => [member, schema(members[member]!)]))
  const required = requiredNames(resource)
  const object = (properties: object, more: object = {}) => ({
    type: 'object',
    ...more,
    properties,
    additionalProperties: false,
  })
  const always = fixed ? ` That of the ${one} which is always there is ${fixed.id}.` : ''
  const id = { type: 'integer', minimum: 1, description: `Never used twice.${always}` }
  const before = {
    type: ['integer', 'null'],
    minimum: 1,
    description: `The ${one} to stand before, or null for the end.`,
  }
  return {
    [One]: object(
      { id, ...propertiesAs(shownSchema) },
      { description: resource.description, required: ['id', ...required] },
    ),
    [capitalized(name)]: { type: 'array', items: refTo('schemas', One) },
    [`New${One}`]: object(propertiesAs(givenSchema), { required }),
    [`${One}Move`]: object({ before }, { required: ['before'] }),
    [`${One}Change`]: object(propertiesAs(givenSchema), {
      description: 'A merge patch (RFC 7396): what is left out stays, null clears.',
    }),
  }
}

/** The operations of a resource. */
export function itemPaths({ name, one, fixed, deletes, restores }: Resource) {
  const One = capitalized(one)
  const shown = { 200: ok(`The ${one}.`, jsonOf(One), { headers: etag }) }
  const id = {
    parameters: [
      {
        name: 'id',
        in: 'path',
        required: true,
        description: `Which ${one}.`,
        schema: { type: 'integer', minimum: 1 },
      },
    ],
  }
  const conditions = ['IfMatch', 'IfNoneMatch', 'IdempotencyKey'] as const
  return {
    [`/${name}`]: {
      get: operation(
        name,
        `show${capitalized(name)}`,
        `Get all ${name} in the user’s order, new ones last`,
        parameter('IfMatch', 'IfNoneMatch'),
        { 200: ok(`The ${name}.`, jsonOf(capitalized(name)), { headers: etag }) },
        asRead,
      ),
      post: operation(
        name,
        `create${One}`,
        `Create a ${one}`,
        { ...parameter('IdempotencyKey'), ...body(true, jsonOf(`New${One}`)) },
        {
          201: ok(`The ${one}.`, jsonOf(One), {
            headers: { ...etag, Location: refTo('headers', 'Location') },
          }),
        },
        asAdded,
      ),
    },
    [`/${name}/{id}`]: {
      ...id,
      get: operation(
        name,
        `show${One}`,
        `Get a ${one}`,
        parameter('IfMatch', 'IfNoneMatch'),
        shown,
        asRead,
        missing,
      ),
      patch: operation(
        name,
        `change${One}`,
        `Change members of a ${one}`,
        { ...parameter(...conditions), ...body(true, jsonOf(`${One}Change`), mergePatch(`${One}Change`)) },
        shown,
        asAdded,
        missing,
        changedMeanwhile,
      ),
      delete: operation(
        name,
        `delete${One}`,
        `Delete a ${one}${deletes ? ` ${deletes}` : ''}; for 30 days it can be restored`,
        parameter(...conditions),
        { 204: { description: 'Deleted.' }, ...(fixed && { 409: response('Conflict') }) },
        asChanged,
      ),
    },
    [`/${name}/{id}/restore`]: {
      ...id,
      post: operation(
        name,
        `restore${One}`,
        `Undo a deletion: ${restores ?? `the ${one} is as it was`}`,
        parameter(...conditions),
        shown,
        asChanged,
        full,
      ),
    },
    [`/${name}/{id}/move`]: {
      ...id,
      post: operation(
        name,
        `move${One}`,
        `Put a ${one} before another, or at the end`,
        { ...parameter(...conditions), ...body(true, jsonOf(`${One}Move`)) },
        shown,
        asChanged,
        withBody,
      ),
    },
  }
}
