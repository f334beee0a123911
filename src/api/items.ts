import { readJson } from '../http/body.ts'
import { tagOfNumbers } from '../http/etag.ts'
import { type Call, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { NotFound } from '../resources/errors.ts'
import { parseMove } from '../resources/json.ts'
import { type Item, itemJson, parseItemChange, parseNewItem, type Resource } from '../resources/resource.ts'
import type { Store } from '../resources/store.ts'
import { parseCondition, parseKey } from './headers.ts'

const jsonAlone = ['application/json']
const mergePatch = ['application/merge-patch+json', 'application/json']
const conditional = true

/** The routes of a resource, such as those under /lists. `base` is where the API is mounted, for Location. */
export function itemRoutes(resource: Resource, store: Store, base: string): readonly Route[] {
  const items = store.items(resource)
  const { name, one, fixed } = resource
  return [
    ['GET', `/${name}`, showAll],
    ['POST', `/${name}`, create, { content: jsonAlone }],
    ['GET', `/${name}/{id}`, show],
    ['PATCH', `/${name}/{id}`, change, { content: mergePatch, conditional }],
    ['DELETE', `/${name}/{id}`, remove, { conditional }],
    ['POST', `/${name}/{id}/restore`, restore, { conditional }],
    ['POST', `/${name}/{id}/move`, move, { content: jsonAlone, conditional }],
  ]

  async function showAll(): Promise<Reply> {
    const all = await items.all()
    const tag = tagOfNumbers(all.flatMap(({ id, version }) => [id, version]))
    return json(200, `[${all.map((item) => itemJson(resource, item)).join()}]`, tag)
  }

  async function create(call: Call): Promise<Reply> {
    const given = parseNewItem(resource, await readJson(call, jsonAlone))
    const item = await items.create(given, parseKey(call))
    return json(201, itemJson(resource, item), tagOf(item), 'Location', `${base}/${name}/${item.id}`)
  }

  async function show(_call: Call, text: string): Promise<Reply> {
    const id = parseId(text, one)
    const item = (await items.all()).find((each) => each.id === id)
    if (!item) throw new NotFound(one)
    return replyOf(item)
  }

  async function change(call: Call, id: string): Promise<Reply> {
    const patch = parseItemChange(resource, await readJson(call, mergePatch))
    return replyOf(await items.change(parseId(id, one), patch, parseCondition(call), parseKey(call)))
  }

  async function remove(call: Call, id: string): Promise<Reply> {
    if (fixed && parseId(id, one) === fixed.id) throw new HttpError(409, fixed.instead)
    await items.remove(parseId(id, one), parseCondition(call), parseKey(call))
    return noContent()
  }

  async function restore(call: Call, id: string): Promise<Reply> {
    return replyOf(await items.restore(parseId(id, one), parseCondition(call), parseKey(call)))
  }

  async function move(call: Call, id: string): Promise<Reply> {
    const { before } = parseMove(await readJson(call, jsonAlone), one)
    return replyOf(await items.move(parseId(id, one), before, parseCondition(call), parseKey(call)))
  }

  function replyOf(item: Item): Reply {
    return json(200, itemJson(resource, item), tagOf(item))
  }
}

/** The id in a path. Throws `NotFound` for what cannot be one. */
export function parseId(text: string, one: string): number {
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(Number(text))) throw new NotFound(one)
  return Number(text)
}

function tagOf({ version }: Item): string {
  return `"${version}"`
}
