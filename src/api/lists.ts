import { readJson } from '../http/body.ts'
import { tagOfNumbers } from '../http/etag.ts'
import { type Call, HttpError, json, noContent, type Reply } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import { ListNotFound } from '../tasks/errors.ts'
import { type List, parseListChange, parseNewList } from '../tasks/lists.ts'
import { parseMove } from '../tasks/parse.ts'
import type { ListStore } from '../tasks/store.ts'
import { firstList } from '../tasks/task.ts'
import { parseCondition, parseKey } from './headers.ts'
import { parseId } from './query.ts'

const jsonAlone = ['application/json']
const mergePatch = ['application/merge-patch+json', 'application/json']
const conditional = true

/** The routes under /lists. `base` is where the API is mounted, for Location. */
export function listRoutes(lists: ListStore, base: string): readonly Route[] {
  return [
    ['GET', '/lists', showAll],
    ['POST', '/lists', create, { content: jsonAlone }],
    ['GET', '/lists/{id}', show],
    ['PATCH', '/lists/{id}', change, { content: mergePatch, conditional }],
    ['DELETE', '/lists/{id}', remove, { conditional }],
    ['POST', '/lists/{id}/restore', restore, { conditional }],
    ['POST', '/lists/{id}/move', move, { content: jsonAlone, conditional }],
  ]

  async function showAll(): Promise<Reply> {
    const all = await lists.all()
    return json(
      200,
      `[${all.map(listJson).join()}]`,
      tagOfNumbers(all.flatMap(({ id, version }) => [id, version])),
    )
  }

  async function create(call: Call): Promise<Reply> {
    const list = await lists.create(parseNewList(await readJson(call, jsonAlone)), parseKey(call))
    return json(201, listJson(list), tagOf(list), 'Location', `${base}/lists/${list.id}`)
  }

  async function show(_call: Call, id: string): Promise<Reply> {
    const list = (await lists.all()).find((each) => each.id === parseId(id, ListNotFound))
    if (!list) throw new ListNotFound(`no list ${id}`)
    return listReply(list)
  }

  async function change(call: Call, id: string): Promise<Reply> {
    const patch = parseListChange(await readJson(call, mergePatch))
    return listReply(
      await lists.change(parseId(id, ListNotFound), patch, parseCondition(call), parseKey(call)),
    )
  }

  async function remove(call: Call, id: string): Promise<Reply> {
    if (parseId(id, ListNotFound) === firstList)
      throw new HttpError(409, 'The first list is always there; delete its tasks, or give it another name')
    await lists.remove(parseId(id, ListNotFound), parseCondition(call), parseKey(call))
    return noContent()
  }

  async function restore(call: Call, id: string): Promise<Reply> {
    return listReply(await lists.restore(parseId(id, ListNotFound), parseCondition(call), parseKey(call)))
  }

  async function move(call: Call, id: string): Promise<Reply> {
    const { before } = parseMove(await readJson(call, jsonAlone))
    return listReply(
      await lists.move(parseId(id, ListNotFound), before, parseCondition(call), parseKey(call)),
    )
  }
}

function listJson({ id, name, color }: List): string {
  return JSON.stringify({ id, name, color: color ?? undefined })
}

function listReply(list: List): Reply {
  return json(200, listJson(list), tagOf(list))
}

function tagOf({ version }: List): string {
  return `"${version}"`
}
