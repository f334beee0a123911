import assert from 'node:assert/strict'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import {
  clear,
  client,
  create,
  listAll,
  nextOf,
  type Problem,
  parse,
  type TaskBody,
} from '../helpers/client.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

suite('POST /tasks', () => {
  test('creates a task and answers it with its place and its version', async () => {
    const answer = await call('POST', '/tasks', { json: { title: 'Learn BuildKit' } })
    const { id } = parse<TaskBody>(answer)
    assert.equal(answer.status, 201)
    assert.equal(answer.text, `{"id":${id},"title":"Learn BuildKit","done":false}`)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.equal(answer.headers.get('location'), `/tasks/${id}`)
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('cross-origin-resource-policy'), 'same-origin')
    assert.equal(answer.headers.get('cache-control'), 'no-cache')
    const shown = await call('GET', `/tasks/${id}`)
    assert.equal(shown.text, answer.text)
    assert.equal(shown.headers.get('etag'), answer.headers.get('etag'))
  })

  test('assigns ascending ids and never reuses that of a deleted task', async () => {
    const first = await create(call, 'first')
    const second = await create(call, 'second')
    assert.equal(second.id, first.id + 1)
    await call('DELETE', `/tasks/${second.id}`)
    assert.equal((await create(call, 'third')).id, second.id + 1)
  })

  test('trims white space from both ends of a title', async () => {
    assert.equal((await create(call, ' \t\n\u3000 Tea \u00a0')).title, 'Tea')
  })

  test('keeps every character of a title as it came', async () => {
    for (const title of [
      '"quoted" \\ / <b>&amp;</b>',
      'naïve café 漢字',
      '👩‍👩‍👧 🏳️‍🌈 é',
      'a\u200fb',
      "'; drop table tasks; --",
    ]) {
      const created = await call('POST', '/tasks', { json: { title } })
      assert.equal(parse<TaskBody>(created).title, title)
      const shown = await call('GET', created.headers.get('location')!)
      assert.equal(shown.text, created.text)
      assert.ok(shown.text.includes(JSON.stringify(title)))
    }
  })

  test('counts a title in code points: 200 fit, 201 do not', async () => {
    for (const character of ['a', 'ß', '漢', '🐳']) {
      const fits = await call('POST', '/tasks', { json: { title: character.repeat(200) } })
      assert.equal(fits.status, 201, character)
      const exceeds = await call('POST', '/tasks', { json: { title: character.repeat(201) } })
      assert.equal(exceeds.status, 422, character)
      assert.deepEqual(parse<Problem>(exceeds).errors, [
        { pointer: '#/title', detail: 'must have at most 200 characters' },
      ])
    }
  })

  const invalid: readonly (readonly [what: string, body: string, ...pointers: string[]])[] = [
    ['an empty title', '{"title":""}', '#/title'],
    ['a title of white space', '{"title":" \\u3000\\t "}', '#/title'],
    ['a control character', '{"title":"a\\u0007b"}', '#/title'],
    ['a NUL', '{"title":"a\\u0000b"}', '#/title'],
    ['a line break inside', '{"title":"a\\nb"}', '#/title'],
    ['a DEL', '{"title":"a\\u007fb"}', '#/title'],
    ['a C1 control character', '{"title":"a\\u0085b"}', '#/title'],
    ['a lone high surrogate', '{"title":"a\\ud83d"}', '#/title'],
    ['a lone low surrogate', '{"title":"\\ude00a"}', '#/title'],
    ['a number for a title', '{"title":1}', '#/title'],
    ['null for a title', '{"title":null}', '#/title'],
    ['a list for a title', '{"title":["a"]}', '#/title'],
    ['no title', '{}', '#/title'],
    ['a member that is unknown', '{"title":"a","color":"red"}', '#/color'],
    ['two members that are unknown', '{"title":"a","x":1,"y":2}', '#/x', '#/y'],
    ['a member that only a change may have', '{"title":"a","done":true}', '#/done'],
    ['an id', '{"id":7,"title":"a"}', '#/id'],
    ['__proto__', '{"title":"a","__proto__":{"done":true}}', '#/__proto__'],
    ['a name that a pointer must escape', '{"title":"a","a/b~c d":1}', '#/a~1b~0c%20d'],
    ['a lone surrogate as a name', '{"title":"a","\\ud800":1}', '#/%EF%BF%BD'],
    ['a list', '[{"title":"a"}]', '#'],
    ['a string', '"a"', '#'],
    ['null', 'null', '#'],
    ['a number', '1', '#'],
    ['true', 'true', '#'],
  ]
  for (const [what, body, ...pointers] of invalid) {
    test(`refuses ${what} and points at it`, async () => {
      const answer = await call('POST', '/tasks', { body, headers: { 'Content-Type': 'application/json' } })
      assert.equal(answer.status, 422)
      assert.deepEqual(
        parse<Problem>(answer).errors?.map(({ pointer }) => pointer),
        pointers,
      )
      assert.deepEqual(await listAll(call), [])
    })
  }

  test('refuses a request without a body', async () => {
    assert.equal((await call('POST', '/tasks')).status, 422)
    assert.equal(
      (await call('POST', '/tasks', { headers: { 'Content-Type': 'application/json' } })).status,
      400,
    )
  })
})

suite('GET /tasks', () => {
  test('answers an empty list when there are none', async () => {
    const answer = await call('GET', '/tasks')
    assert.equal(answer.status, 200)
    assert.equal(answer.text, '[]')
    assert.equal(answer.headers.get('content-type'), 'application/json')
  })

  test('returns all tasks, new ones last, byte for byte as in the contract', async () => {
    const [a, b] = [await create(call, 'a'), await create(call, 'b')]
    await call('PATCH', `/tasks/${a.id}`)
    assert.equal(
      (await call('GET', '/tasks')).text,
      `[{"id":${a.id},"title":"a","done":true},{"id":${b.id},"title":"b","done":false}]`,
    )
  })

  test('filters by done', async () => {
    const [a, b] = [await create(call, 'a'), await create(call, 'b')]
    await call('PATCH', `/tasks/${a.id}`)
    assert.deepEqual(parse(await call('GET', '/tasks?done=true')), [{ ...a, done: true }])
    assert.deepEqual(parse(await call('GET', '/tasks?done=false')), [b])
  })

  test('pages by limit and after, and links to the next page until there is none', async () => {
    for (let n = 0; n < 5; n++) await create(call, `task ${n}`)
    const all = await listAll(call)
    const pages: TaskBody[][] = []
    for (let path: string | undefined = '/tasks?limit=2'; path; ) {
      const answer = await call('GET', path)
      pages.push(parse<TaskBody[]>(answer))
      const next: string | undefined = /^<(\?[^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1]
      path = next && new URL(next, `${app.url}/tasks`).href.slice(app.url.length)
    }
    assert.deepEqual(
      pages.map((page) => page.length),
      [2, 2, 1],
    )
    assert.deepEqual(pages.flat(), all)
  })

  test('keeps the filter in the link to the next page', async () => {
    for (let n = 0; n < 5; n++) await create(call, `task ${n}`)
    const [, second, , fourth] = await listAll(call)
    await call('PATCH', `/tasks/${second!.id}`)
    await call('PATCH', `/tasks/${fourth!.id}`)
    const first = await call('GET', '/tasks?limit=1&done=true')
    assert.ok(nextOf(first)!.startsWith(`?done=true&limit=1&after=${second!.id}.`))
    const last = await call('GET', `/tasks${nextOf(first)}`)
    assert.deepEqual(parse(last), [{ ...fourth, done: true }])
    assert.equal(last.headers.get('link'), null)
  })

  test('continues after a task that was deleted meanwhile', async () => {
    const [a, b, c] = [await create(call, 'a'), await create(call, 'b'), await create(call, 'c')]
    await call('DELETE', `/tasks/${b.id}`)
    assert.deepEqual(parse(await call('GET', `/tasks?after=${b.id}`)), [c])
    assert.deepEqual(parse(await call('GET', '/tasks?after=0')), [a, c])
  })

  for (const query of [
    'done=maybe',
    'done=',
    'done=1',
    'done=true&done=true',
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e2',
    'limit=',
    'limit=5&limit=5',
    'after=x',
    'after=-1',
    'after=9007199254740992',
    'after=99999999999999999999',
    'color=red',
    '=',
    '__proto__=1',
    'done=%zz',
  ]) {
    test(`refuses the query ${query}`, async () => {
      const answer = await call('GET', `/tasks?${query}`)
      assert.equal(answer.status, 400)
      assert.equal(parse<Problem>(answer).status, 400)
    })
  }

  test('treats an empty query as none', async () => {
    assert.equal((await call('GET', '/tasks?')).status, 200)
  })
})

suite('GET /tasks/{id}', () => {
  test('answers one task with its version and when it was changed', async () => {
    const { id } = await create(call, 'Tea')
    const answer = await call('GET', `/tasks/${id}`)
    assert.equal(answer.status, 200)
    assert.equal(answer.text, `{"id":${id},"title":"Tea","done":false}`)
    assert.match(answer.headers.get('etag')!, /^"[^"]+"$/)
    const lastModified = answer.headers.get('last-modified')!
    assert.equal(new Date(lastModified).toUTCString(), lastModified)
  })

  for (const id of [
    '0',
    '-1',
    '1.0',
    '1e3',
    'x',
    '01',
    '%20',
    '9007199254740993',
    '9'.repeat(40),
    '999999999',
  ]) {
    test(`answers 404 to the id ${id}`, async () => {
      const answer = await call('GET', `/tasks/${id}`)
      assert.equal(answer.status, 404)
      assert.equal(
        answer.text,
        '{"type":"about:blank","title":"Not Found","status":404,"detail":"Task not found"}',
      )
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    })
  }
})

suite('PATCH /tasks/{id}', () => {
  test('without a body toggles done', async () => {
    const { id } = await create(call, 'Tea')
    const done = await call('PATCH', `/tasks/${id}`)
    assert.equal(done.status, 200)
    assert.equal(done.text, `{"id":${id},"title":"Tea","done":true}`)
    assert.equal((await call('PATCH', `/tasks/${id}`)).text, `{"id":${id},"title":"Tea","done":false}`)
  })

  test('with a body changes only the members that it names', async () => {
    const { id } = await create(call, 'Tea')
    const renamed = await call('PATCH', `/tasks/${id}`, { json: { title: ' Coffee ' } })
    assert.equal(renamed.text, `{"id":${id},"title":"Coffee","done":false}`)
    const done = await call('PATCH', `/tasks/${id}`, { json: { done: true } })
    assert.equal(done.text, `{"id":${id},"title":"Coffee","done":true}`)
    const both = await call('PATCH', `/tasks/${id}`, { json: { title: 'Milk', done: false } })
    assert.equal(both.text, `{"id":${id},"title":"Milk","done":false}`)
    assert.equal((await call('GET', `/tasks/${id}`)).text, both.text)
  })

  test('takes a merge patch under its own media type', async () => {
    const { id } = await create(call, 'Tea')
    const answer = await call('PATCH', `/tasks/${id}`, {
      body: '{"done":true}',
      headers: { 'Content-Type': 'application/merge-patch+json' },
    })
    assert.equal(answer.text, `{"id":${id},"title":"Tea","done":true}`)
  })

  test('changes the version of a changed task, and keeps that of an unchanged one', async () => {
    const { id } = await create(call, 'Tea')
    const before = (await call('GET', `/tasks/${id}`)).headers.get('etag')
    const same = await call('PATCH', `/tasks/${id}`, { json: { title: 'Tea', done: false } })
    assert.equal(same.headers.get('etag'), before)
    const tags = new Set([before])
    for (let n = 1; n <= 20; n++) {
      tags.add((await call('PATCH', `/tasks/${id}`)).headers.get('etag'))
      assert.equal(tags.size, n + 1)
    }
  })

  test('with an empty patch changes nothing', async () => {
    const { id } = await create(call, 'Tea')
    const answer = await call('PATCH', `/tasks/${id}`, { json: {} })
    assert.equal(answer.status, 200)
    assert.equal(answer.text, `{"id":${id},"title":"Tea","done":false}`)
  })

  test('names every member that is wrong, and changes nothing', async () => {
    const { id } = await create(call, 'Tea')
    const answer = await call('PATCH', `/tasks/${id}`, {
      json: { title: '', done: 'yes', id: 9, color: 'n' },
    })
    assert.equal(answer.status, 422)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json')
    assert.deepEqual(
      parse<Problem>(answer).errors?.map(({ pointer }) => pointer),
      ['#/title', '#/done', '#/id', '#/color'],
    )
    assert.equal((await call('GET', `/tasks/${id}`)).text, `{"id":${id},"title":"Tea","done":false}`)
  })

  test('refuses null for a required member', async () => {
    const { id } = await create(call, 'Tea')
    assert.equal((await call('PATCH', `/tasks/${id}`, { json: { title: null } })).status, 422)
    assert.equal((await call('PATCH', `/tasks/${id}`, { json: { done: null } })).status, 422)
  })

  test('of an unknown task answers 404', async () => {
    const answer = await call('PATCH', '/tasks/999999999', { json: { done: true } })
    assert.equal(answer.status, 404)
    assert.equal(parse<Problem>(answer).detail, 'Task not found')
  })
})

suite('DELETE /tasks/{id}', () => {
  test('deletes the task, once', async () => {
    const { id } = await create(call, 'Tea')
    const answer = await call('DELETE', `/tasks/${id}`)
    assert.equal(answer.status, 204)
    assert.equal(answer.text, '')
    assert.equal(answer.headers.get('content-length'), null)
    assert.equal((await call('GET', `/tasks/${id}`)).status, 404)
    assert.equal((await call('DELETE', `/tasks/${id}`)).status, 404)
  })
})

suite('If-Match', () => {
  for (const [method, json] of [
    ['PATCH', { done: true }],
    ['PATCH', undefined],
    ['DELETE', undefined],
  ] as const) {
    const what = `${method} ${json ? 'with a patch' : 'without a body'}`
    const send = (id: number, ifMatch: string) =>
      call(method, `/tasks/${id}`, { headers: { 'If-Match': ifMatch }, ...(json && { json }) })

    test(`allows ${what} if the condition names the version, by itself, in a list or as *`, async () => {
      for (const form of [(tag: string) => tag, (tag: string) => `"x", ${tag},"y"`, () => '*', () => ' * ']) {
        const { id } = await create(call, 'Tea')
        const etag = (await call('GET', `/tasks/${id}`)).headers.get('etag')!
        assert.ok((await send(id, form(etag))).status < 300, form(etag))
      }
    })

    test(`refuses ${what} with 412 when it names another version, a weak one or nonsense`, async () => {
      const { id } = await create(call, 'Tea')
      const etag = (await call('GET', `/tasks/${id}`)).headers.get('etag')!
      for (const ifMatch of [
        '"x"',
        `W/${etag}`,
        etag.slice(1, -1),
        '""',
        '',
        'W/*',
        '"*"',
        `${etag} ${etag}`,
      ]) {
        const answer = await send(id, ifMatch)
        assert.equal(answer.status, 412, ifMatch)
        assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      }
      assert.equal((await call('GET', `/tasks/${id}`)).headers.get('etag'), etag)
    })

    test(`on ${what} of a task that is not there answers 404`, async () => {
      for (const ifMatch of ['*', '"x"']) assert.equal((await send(999_999_999, ifMatch)).status, 404)
    })
  }

  test('lets only one of many who read the same version change it', async () => {
    const { id } = await create(call, 'Tea')
    const etag = (await call('GET', `/tasks/${id}`)).headers.get('etag')!
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('PATCH', `/tasks/${id}`, { headers: { 'If-Match': etag } })),
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [
      200,
      ...Array.from({ length: 19 }, () => 412),
    ])
  })
})

suite('PATCH /tasks', () => {
  test('marks all and counts those that changed', async () => {
    const [a] = [await create(call, 'a'), await create(call, 'b'), await create(call, 'c')]
    await call('PATCH', `/tasks/${a.id}`)
    const marked = await call('PATCH', '/tasks', { json: { done: true } })
    assert.equal(marked.status, 200)
    assert.equal(marked.text, '{"changed":2}')
    assert.ok((await listAll(call)).every(({ done }) => done))
    assert.equal((await call('PATCH', '/tasks', { json: { done: true } })).text, '{"changed":0}')
    assert.equal((await call('PATCH', '/tasks', { json: { done: false } })).text, '{"changed":3}')
  })

  test('changes the version of each changed task', async () => {
    const { id } = await create(call, 'a')
    const before = (await call('GET', `/tasks/${id}`)).headers.get('etag')
    await call('PATCH', '/tasks', { json: { done: true } })
    assert.notEqual((await call('GET', `/tasks/${id}`)).headers.get('etag'), before)
  })

  test('refuses any body but a mark', async () => {
    for (const [body, pointer] of [
      ['{}', '#/done'],
      ['{"done":1}', '#/done'],
      ['{"done":true,"title":"all"}', '#/title'],
      ['[]', '#'],
    ] as const) {
      const answer = await call('PATCH', '/tasks', { body, headers: { 'Content-Type': 'application/json' } })
      assert.equal(answer.status, 422, body)
      assert.equal(parse<Problem>(answer).errors?.[0]?.pointer, pointer)
    }
    assert.equal((await call('PATCH', '/tasks')).status, 422)
  })
})

suite('DELETE /tasks', () => {
  test('with done=true clears the completed and counts them', async () => {
    const [a, b] = [await create(call, 'a'), await create(call, 'b')]
    await call('PATCH', `/tasks/${a.id}`)
    const cleared = await call('DELETE', '/tasks?done=true')
    assert.equal(cleared.status, 200)
    assert.equal(cleared.text, '{"deleted":1}')
    assert.deepEqual(await listAll(call), [b])
    assert.equal((await call('DELETE', '/tasks?done=true')).text, '{"deleted":0}')
  })

  test('with any other filter or none deletes nothing', async () => {
    const a = await create(call, 'a')
    await call('PATCH', `/tasks/${a.id}`)
    for (const query of [
      '',
      '?',
      '?done=false',
      '?done=yes',
      '?done=true&done=true',
      '?done=true&limit=1',
      '?all=1',
    ]) {
      assert.equal((await call('DELETE', `/tasks${query}`)).status, 400, query)
    }
    assert.equal((await listAll(call)).length, 1)
  })
})

suite('A repeated read', () => {
  for (const path of ['/tasks', '/tasks?done=false&limit=1', 'task']) {
    test(`of ${path} is answered 304 for as long as nothing changed`, async () => {
      const { id } = await create(call, 'Tea')
      await create(call, 'Coffee')
      const target = path === 'task' ? `/tasks/${id}` : path
      const first = await call('GET', target)
      const etag = first.headers.get('etag')!
      assert.match(etag, /^"[^"]+"$/)
      for (const [method, ifNoneMatch] of [
        ['GET', etag],
        ['HEAD', etag],
        ['GET', `"x", ${etag}`],
        ['GET', `W/${etag}`],
        ['GET', '*'],
      ] as const) {
        const again = await call(method, target, { headers: { 'If-None-Match': ifNoneMatch } })
        assert.equal(again.status, 304, ifNoneMatch)
        assert.equal(again.text, '')
        assert.equal(again.headers.get('etag'), etag)
        assert.equal(again.headers.get('content-type'), null)
        assert.equal(again.headers.get('cache-control'), 'no-cache')
      }
      await call('PATCH', `/tasks/${id}`, { json: { title: 'Milk' } })
      const changed = await call('GET', target, { headers: { 'If-None-Match': etag } })
      assert.equal(changed.status, 200)
      assert.notEqual(changed.headers.get('etag'), etag)
      assert.equal((await call('GET', target, { headers: { 'If-None-Match': '"x"' } })).status, 200)
    })
  }

  test('is never older than an acknowledged write', async () => {
    const { id } = await create(call, 'Tea')
    const reading = new AbortController()
    const readers = Array.from({ length: 2 }, async () => {
      while (!reading.signal.aborted) await call('GET', '/tasks')
    })
    for (let n = 0; n < 50; n++) {
      await call('PATCH', `/tasks/${id}`, { json: { title: `Tea ${n}` } })
      const [list, filtered, one] = await Promise.all([
        call('GET', '/tasks'),
        call('GET', '/tasks?done=false'),
        call('GET', `/tasks/${id}`),
      ])
      for (const { text } of [list, filtered, one]) assert.ok(text.includes(`"Tea ${n}"`), text)
    }
    reading.abort()
    await Promise.all(readers)
  })

  test('is answered with 304; a write with the same If-None-Match is refused with 412', async () => {
    const { id } = await create(call, 'Tea')
    const etag = (await call('GET', `/tasks/${id}`)).headers.get('etag')!
    const answer = await call('PATCH', `/tasks/${id}`, { json: {}, headers: { 'If-None-Match': etag } })
    assert.equal(answer.status, 412)
  })
})

suite('The health routes', () => {
  test('say that the service is alive and ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await call('GET', path)
      assert.equal(answer.status, 200)
      assert.equal(parse<{ status: string }>(answer).status, 'ok')
      assert.equal(answer.headers.get('content-type'), 'application/json')
    }
    assert.equal((await call('GET', '/healthz')).text, '{"status":"ok"}')
  })
})

suite('HEAD', () => {
  test('answers what GET answers, without the body', async () => {
    const { id } = await create(call, 'Tea')
    await create(call, 'Coffee')
    for (const path of [
      '/tasks',
      '/tasks?limit=1',
      `/tasks/${id}`,
      '/healthz',
      '/readyz',
      '/tasks/999999999',
      '/x',
    ]) {
      const [get, head] = [await call('GET', path), await call('HEAD', path)]
      assert.equal(head.status, get.status, path)
      assert.equal(head.text, '')
      assert.deepEqual(comparable(head.headers), comparable(get.headers), path)
      assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(get.text)))
    }
  })

  function comparable(headers: Headers) {
    return [...headers].filter(([name]) => !/^(date|x-request-id|connection|keep-alive)$/.test(name))
  }
})

suite('A method that a path does not have', () => {
  const allowed = {
    '/tasks': ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST'],
    '/tasks/1': ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH'],
    '/tasks/1/restore': ['OPTIONS', 'POST'],
    '/tasks/1/move': ['OPTIONS', 'POST'],
    '/openapi.json': ['GET', 'HEAD', 'OPTIONS'],
    '/events': ['GET', 'HEAD', 'OPTIONS'],
    '/export': ['GET', 'HEAD', 'OPTIONS'],
    '/import': ['OPTIONS', 'POST'],
    '/healthz': ['GET', 'HEAD', 'OPTIONS'],
    '/readyz': ['GET', 'HEAD', 'OPTIONS'],
  }
  for (const [path, methods] of Object.entries(allowed)) {
    test(`gets 405 and what ${path} allows, and OPTIONS the same`, async () => {
      const refused = await call('PUT', path, { json: { title: 'a' } })
      assert.equal(refused.status, 405)
      assert.equal(refused.headers.get('content-type'), 'application/problem+json')
      const options = await call('OPTIONS', path)
      assert.equal(options.status, 204)
      for (const { headers } of [refused, options])
        assert.deepEqual(headers.get('allow')!.split(', ').sort(), methods)
    })
  }
})

suite('A path that is unknown', () => {
  for (const path of [
    '/',
    '/x',
    '/tasks/',
    '/tasks/1/',
    '/tasks/1/x',
    '/TASKS',
    '/tasks//',
    '//tasks',
    '/tasks%2F1',
    '/api/tasks',
  ]) {
    test(`gets 404: ${path}`, async () => {
      const answer = await call('GET', path)
      assert.equal(answer.status, 404)
      assert.equal(parse<Problem>(answer).title, 'Not Found')
    })
  }

  test('is found percent-encoded where that is equivalent', async () => {
    const { id } = await create(call, 'Tea')
    assert.equal((await call('GET', '/t%61sks')).status, 200)
    assert.equal((await call('GET', `/%74asks/${id}`)).status, 200)
  })

  test('gets 400 if it cannot be decoded', async () => {
    for (const path of ['/%zz', '/tasks/%', '/tasks/%ff', '/%E0%A4'])
      assert.equal((await call('GET', path)).status, 400, path)
  })
})

suite('A body', () => {
  for (const type of [
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonx',
    'application/json; charset=latin1',
    ';',
    'application/json/x',
  ]) {
    test(`of type ${type} gets 415`, async () => {
      const answer = await call('POST', '/tasks', {
        body: '{"title":"a"}',
        ...(type !== undefined && { headers: { 'Content-Type': type } }),
      })
      assert.equal(answer.status, 415)
      assert.equal(answer.headers.get('accept'), 'application/json')
    })
  }

  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; v=1',
  ]) {
    test(`of type ${type} is taken`, async () => {
      const answer = await call('POST', '/tasks', {
        body: '{"title":"a"}',
        headers: { 'Content-Type': type },
      })
      assert.equal(answer.status, 201)
    })
  }

  test('of the merge patch type is taken for a change and not for a new task', async () => {
    const headers = { 'Content-Type': 'application/merge-patch+json' }
    assert.equal((await call('POST', '/tasks', { body: '{"title":"a"}', headers })).status, 415)
    assert.equal((await call('PATCH', '/tasks', { body: '{"done":true}', headers })).status, 200)
  })

  test('with a content coding gets 415', async () => {
    for (const coding of ['gzip', 'br', 'identity, gzip'])
      assert.equal(
        (await call('POST', '/tasks', { json: { title: 'a' }, headers: { 'Content-Encoding': coding } }))
          .status,
        415,
      )
    assert.equal(
      (await call('POST', '/tasks', { json: { title: 'a' }, headers: { 'Content-Encoding': 'identity' } }))
        .status,
      201,
    )
  })

  test('that is not JSON gets 400', async () => {
    for (const body of [
      '{',
      '{"title":"a"',
      "{'title':'a'}",
      '{"title":"a"}x',
      'title',
      '\ufeff{"title":"a"}',
      '{"title":"a\nb"}',
      ' ',
    ]) {
      const answer = await call('POST', '/tasks', { body, headers: { 'Content-Type': 'application/json' } })
      assert.equal(answer.status, 400, body)
    }
  })

  test('that is not UTF-8 gets 400', async () => {
    for (const bytes of [
      [0x7b, 0xff, 0x7d],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xfe, 0xff, 0x00, 0x7b],
    ]) {
      const answer = await call('POST', '/tasks', {
        body: Uint8Array.from(bytes),
        headers: { 'Content-Type': 'application/json' },
      })
      assert.equal(answer.status, 400)
    }
  })

  test('of 64 KiB is taken, and one byte more gets 413', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const fits = '{"title":"a"}'.padEnd(65_536)
    assert.equal((await call('POST', '/tasks', { body: fits, headers })).status, 201)
    assert.equal((await call('POST', '/tasks', { body: `${fits} `, headers })).status, 413)
  })

  test('nested as deep as a body can be harms nothing', async () => {
    for (const body of [
      '['.repeat(65_536),
      '['.repeat(32_000) + ']'.repeat(32_000),
      '{"title":'.repeat(7_000),
    ]) {
      const answer = await call('POST', '/tasks', { body, headers: { 'Content-Type': 'application/json' } })
      assert.ok(answer.status === 400 || answer.status === 422, String(answer.status))
    }
  })

  test('with two titles counts the last', async () => {
    const answer = await call('POST', '/tasks', {
      body: '{"title":"a","title":"b"}',
      headers: { 'Content-Type': 'application/json' },
    })
    assert.equal(parse<TaskBody>(answer).title, 'b')
  })

  test('sent with a GET is ignored', async () => {
    const answer = await call('OPTIONS', '/tasks', { body: 'x'.repeat(1_000) })
    assert.equal(answer.status, 204)
  })
})

suite('X-Request-Id', () => {
  test('is made for each request, and no two are the same', async () => {
    const ids = new Set<string>()
    for (let n = 0; n < 10; n++) ids.add((await call('GET', '/tasks')).headers.get('x-request-id')!)
    assert.equal(ids.size, 10)
    for (const id of ids) assert.match(id, /^[\w.-]{1,64}$/)
  })

  test('is taken from the client, on every kind of response', async () => {
    const headers = { 'X-Request-Id': 'trace-1.2_3' }
    const { id } = await create(call, 'Tea')
    for (const [method, path] of [
      ['GET', '/tasks'],
      ['GET', '/x'],
      ['PUT', '/tasks'],
      ['OPTIONS', '/tasks'],
      ['DELETE', `/tasks/${id}`],
    ] as const)
      assert.equal((await call(method, path, { headers })).headers.get('x-request-id'), 'trace-1.2_3')
  })

  test('that is too long or has other characters is replaced', async () => {
    for (const bad of ['a b', 'a"b', 'x'.repeat(65), '<script>'])
      assert.notEqual(
        (await call('GET', '/tasks', { headers: { 'X-Request-Id': bad } })).headers.get('x-request-id'),
        bad,
      )
  })
})
