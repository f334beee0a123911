/** Every declared resource does all that resources do, in every storage. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { suite, test } from 'node:test'
import { resources } from '../src/domain/resources.ts'
import { startApp } from './helpers/app.ts'
import { client, parse } from './helpers/client.ts'
import { listen } from './helpers/events.ts'
import { everywhere, type Place } from './helpers/everywhere.ts'
import { sampleOf } from './helpers/samples.ts'

type Body = Readonly<Record<string, unknown>> & { readonly id: number }

suite('Every resource', () => {
  everywhere(walk, (call) =>
    Promise.all(
      resources.map(async ({ name }) => {
        const { text, headers } = await call('GET', `/${name}`)
        return [text, headers.get('etag')]
      }),
    ),
  )

  test('is changed only by unlimited tokens, and, except lists, read only by those that may read all', async () => {
    const [whole, reader, limited] = ['w', 'r', 'l'].map((letter) => letter.repeat(43)) as [
      string,
      string,
      string,
    ]
    const hashed = (token: string) => createHash('sha256').update(token).digest('hex')
    const AUTH_TOKEN_SHA256 = `all:${hashed(whole)} reader:${hashed(reader)}:read limited:${hashed(limited)}:read=1`
    await using app = await startApp({ env: { AUTH_TOKEN_SHA256 } })
    const as = (token: string, method: string, path: string, json?: object) =>
      client(app.url)(method, path, {
        headers: { Authorization: `Bearer ${token}` },
        ...(json && { json }),
      })
    for (const { name, fixed } of resources) {
      const json = sampleOf(name)
      const { id } = parse<Body>(await as(whole, 'POST', `/${name}`, json))
      for (const token of [reader, limited])
        for (const [method, path, body] of [
          ['POST', '', json],
          ['PATCH', `/${id}`, json],
          ['DELETE', `/${id}`, undefined],
          ['POST', `/${id}/restore`, undefined],
          ['POST', `/${id}/move`, { before: null }],
        ] as const)
          assert.equal((await as(token, method, `/${name}${path}`, body)).status, 403, `${method} ${name}`)
      const seen = async (token: string) =>
        parse<Body[]>(await as(token, 'GET', `/${name}`)).map((item) => item.id)
      assert.deepEqual(await seen(reader), await seen(whole))
      assert.deepEqual(await seen(limited), fixed ? [fixed.id] : [])
    }
  })
})

function walk(place: Place) {
  for (const resource of resources)
    test(`creates, changes, orders, deletes and restores: ${resource.name}`, async () => {
      const { name, members } = resource
      const all = async () => parse<Body[]>(await place.call('GET', `/${name}`))
      const here = (id: number) => `/${name}/${id}`
      const first = sampleOf(name)
      await using events = await listen(`${place.url}/events`)

      const headers = { 'Idempotency-Key': `create ${name}`.replace(' ', '-') }
      const created = await place.call('POST', `/${name}`, { headers, json: first })
      const again = await place.call('POST', `/${name}`, { headers, json: first })
      assert.equal(created.status, 201, created.text)
      assert.equal(again.text, created.text)
      assert.equal((await events.next()).event, name)
      const { id, ...values } = parse<Body>(created)
      assert.deepEqual(values, first)
      assert.equal(created.headers.get('location'), here(id))
      assert.deepEqual((await all()).at(-1), { id, ...first })

      for (const [member, { optional }] of Object.entries(members)) {
        const second = sampleOf(name, 1)[member]!
        const stale = { 'If-Match': (await place.call('GET', here(id))).headers.get('etag')! }
        const before = parse<Body>(await place.call('GET', here(id)))
        const changed = await place.call('PATCH', here(id), { json: { [member]: second }, headers: stale })
        assert.deepEqual(parse(changed), { ...before, [member]: second })
        assert.equal((await place.call('GET', here(id))).text, changed.text)
        const late = await place.call('PATCH', here(id), { json: { [member]: second }, headers: stale })
        assert.equal(late.status, 412)
        const cleared = await place.call('PATCH', here(id), { json: { [member]: null } })
        const { [member]: _, ...rest } = before
        if (optional) assert.deepEqual(parse(cleared), rest)
        else assert.equal(cleared.status, 422)
        await place.call('PATCH', here(id), { json: { [member]: second } })
      }

      const other = parse<Body>(await place.call('POST', `/${name}`, { json: first })).id
      await place.call('POST', `${here(other)}/move`, { json: { before: id } })
      assert.deepEqual(
        (await all()).map((item) => item.id).filter((one) => one === id || one === other),
        [other, id],
      )
      assert.equal((await place.call('POST', `${here(other)}/move`, { json: { before: 999 } })).status, 422)

      assert.equal((await place.call('DELETE', here(other))).status, 204)
      for (const [method, path] of [
        ['GET', here(other)],
        ['PATCH', here(other)],
        ['DELETE', here(other)],
      ] as const)
        assert.equal(
          (await place.call(method, path, method === 'PATCH' ? { json: {} } : {})).status,
          404,
          method,
        )
      const restored = await place.call('POST', `${here(other)}/restore`)
      assert.deepEqual(parse(restored), { id: other, ...first })
      assert.deepEqual(
        (await all()).find((item) => item.id === other),
        { id: other, ...first },
      )

      for (const [member, { kind }] of Object.entries(members))
        for (const text of kind === 'text' ? ['\0', '\ud800'] : []) {
          const json = JSON.stringify({ ...first, [member]: text })
          const headers = { 'Content-Type': 'application/json' }
          assert.equal((await place.call('POST', `/${name}`, { headers, body: json })).status, 422, json)
        }
      for (const json of [{}, { ...first, unknown: 1 }, { ...first, [Object.keys(members)[0]!]: {} }])
        assert.equal((await place.call('POST', `/${name}`, { json })).status, 422, JSON.stringify(json))
    })

  test('is there after a restart', async () => {
    const before = await Promise.all(resources.map(({ name }) => place.call('GET', `/${name}`)))
    await place.restart()
    for (const [index, { name }] of resources.entries())
      assert.equal((await place.call('GET', `/${name}`)).text, before[index]!.text)
  })
}
