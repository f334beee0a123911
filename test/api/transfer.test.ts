import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, beforeEach, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { clear, client, create, listAll, type Problem, parse, type TaskBody } from '../helpers/client.ts'
import { listen } from '../helpers/events.ts'
import { randomFrom } from '../helpers/random.ts'
import { dial } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)
beforeEach(() => clear(call))

const json = { 'Content-Type': 'application/json' }
const csv = { 'Content-Type': 'text/csv' }
const importJson = (body: string) => call('POST', '/import', { body, headers: json })
const importCsv = (body: string) => call('POST', '/import', { body, headers: csv })
const full = async () => parse<TaskBody[]>(await call('GET', '/tasks?view=full'))
const withoutIds = (tasks: readonly TaskBody[]) => tasks.map(({ id: _, ...rest }) => rest)

/** Tasks with everything that could go wrong on its way. */
async function createDifficult() {
  const notes = [
    'two\nlines',
    'win\r\nlines\r\n',
    '"quoted", with commas',
    "'=1+1",
    '=HYPERLINK("x")',
    '\ttab',
    ' blank ',
    '\r',
    '"',
    '- milk\n- eggs',
    'a\t=1;"=2',
  ]
  const titles = [
    "=cmd|' /C calc'!A0",
    '+1',
    '-1',
    '@SUM(1)',
    "'",
    "''",
    "'tis",
    '🐳 漢字 עברית',
    'a,b;c"d',
    'null',
    '＝1',
  ]
  for (const title of titles) await create(call, title)
  for (const [index, text] of notes.entries()) {
    const made = await call('POST', '/tasks', {
      json: { title: `notes ${index}`, notes: text, due: '2026-12-24' },
    })
    if (index % 2) await call('PATCH', `/tasks/${parse<TaskBody>(made).id}`)
  }
  const [first, second] = await listAll(call)
  await call('POST', `/tasks/${first!.id}/move`, { json: { before: null } })
  await call('PATCH', `/tasks/${second!.id}`, { json: { title: 'changed' } })
}

suite('An import with an Idempotency-Key', () => {
  const send = (key: string, tasks: object[]) =>
    call('POST', '/import', { json: tasks, headers: { 'Idempotency-Key': key } })

  test('is done once, and is refused for another file', async () => {
    const tasks = [{ title: 'One' }, { title: 'Two', notes: 'n' }]
    for (let time = 0; time < 2; time++) {
      const { status, text } = await send('import-1', tasks)
      assert.deepEqual([status, text], [200, '{"imported":2}'])
    }
    assert.equal((await listAll(call)).length, 2)
    const other = await send('import-1', [{ title: 'One' }, { title: 'Three' }])
    assert.equal(other.status, 422)
    assert.equal((await listAll(call)).length, 2)
    assert.equal((await send('import-2', tasks)).status, 200)
    assert.equal((await listAll(call)).length, 4)
  })
})

suite('GET /export', () => {
  test('gives everything as JSON, a task a line, in the user’s order', async () => {
    await createDifficult()
    const answer = await call('GET', '/export')
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="tasks.json"')
    assert.deepEqual(parse(answer), await full())
    assert.equal(answer.text.trim().split('\n').length, (await full()).length)
    assert.equal((await call('GET', '/export?format=json')).text, answer.text)
  })

  test('gives nothing as an empty list', async () => {
    assert.equal((await call('GET', '/export')).text, '[]\n')
    assert.equal(
      (await call('GET', '/export?format=csv')).text,
      'id,title,done,notes,due,repeat,list,created,updated,completed\r\n',
    )
  })

  test('gives CSV in which no text is a formula', async () => {
    const { id } = await create(call, '=1+1')
    const [task] = await full()
    const { created, updated } = task as unknown as Record<string, string>
    const answer = await call('GET', '/export?format=csv')
    assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="tasks.csv"')
    assert.equal(answer.text.split('\r\n')[1], `${id},'=1+1,false,,,,,${created},${updated},`)
    for (const [title, cell] of [
      ['a,"b"', '"a,""b"""'],
      ["'tis", "''tis"],
      ['@x', "'@x"],
    ] as const) {
      await create(call, title)
      assert.ok((await call('GET', '/export?format=csv')).text.includes(`,${cell},false,`))
    }
  })

  test('accepts no other format, and answers HEAD with only the header fields', async () => {
    for (const query of ['format=xml', 'format=', 'format=csv&format=csv', 'q=a'])
      assert.equal((await call('GET', `/export?${query}`)).status, 400)
    for (let n = 0; n < 6; n++) {
      const head = await call('HEAD', '/export?format=csv')
      assert.equal(head.status, 200)
      assert.equal(head.text, '')
    }
  })

  for (const path of ['/export', '/export?format=csv', '/tasks'])
    test(`lets others be answered between its pages: ${path}`, async () => {
      await importJson(JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ title: `Task ${n}` }))))
      let answered = 0
      let isOver = false
      const others = (async () => {
        while (!isOver) {
          await call('GET', '/healthz')
          answered++
        }
      })()
      const bytes = (await call('GET', path)).text.length
      const meanwhile = answered
      isOver = true
      await others
      assert.ok(bytes > 500_000)
      assert.ok(meanwhile >= 5, `${meanwhile} answers between 20 pages`)
    })

  test('is a snapshot of its start, and ends when the client disconnects', async () => {
    await importJson(JSON.stringify(Array.from({ length: 20_000 }, (_, n) => ({ title: `task ${n}` }))))
    const response = await fetch(`${app.url}/export`)
    const reader = response.body!.getReader()
    const first = await reader.read()
    await call('PATCH', '/tasks', { json: { done: true } })
    await call('DELETE', '/tasks?done=true')
    let text = new TextDecoder().decode(first.value)
    for (let part = await reader.read(); !part.done; part = await reader.read())
      text += new TextDecoder().decode(part.value)
    const tasks: TaskBody[] = JSON.parse(text)
    assert.equal(tasks.length, 20_000)
    assert.ok(tasks.every(({ done }) => !done))
    for (let n = 0; n < 6; n++) {
      using wire = await dial(app.url)
      wire.send(`GET /export HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: leaves-${n}\r\n\r\n`)
      await once(wire.socket, 'data')
      wire.socket.resetAndDestroy()
      await app.logged(({ id }) => id === `leaves-${n}`)
    }
    assert.equal((await call('GET', '/export')).status, 200)
  })
})

suite('POST /import', () => {
  for (const format of ['json', 'csv'] as const) {
    test(`takes what an export as ${format} holds, exactly, and puts it last`, async () => {
      await createDifficult()
      const before = await full()
      const exported = await call('GET', `/export?format=${format}`)
      const answer = await call('POST', '/import', {
        body: exported.text,
        headers: { 'Content-Type': exported.headers.get('content-type')! },
      })
      assert.equal(answer.status, 200)
      assert.equal(answer.text, `{"imported":${before.length}}`)
      const after = await full()
      assert.deepEqual(after.slice(0, before.length), before)
      assert.deepEqual(withoutIds(after.slice(before.length)), withoutIds(before))
      assert.equal(new Set(after.map(({ id }) => id)).size, after.length)
      await clear(call)
      await call('POST', '/import', { body: exported.text, headers: format === 'json' ? json : csv })
      assert.deepEqual(withoutIds(await full()), withoutIds(before))
    })
  }

  test('gives what has no times its own, and needs nothing but a title', async () => {
    await importJson(
      '[{"title":" Tea "},{"title":"Milk","done":true,"notes":null,"due":null,"completed":null}]',
    )
    const [tea, milk] = (await full()) as unknown as Record<string, unknown>[]
    assert.equal(tea!['title'], 'Tea')
    assert.equal(tea!['created'], tea!['updated'])
    assert.equal(tea!['completed'], undefined)
    assert.equal(milk!['completed'], milk!['updated'])
    await clear(call)
    await importCsv('title\nTea\n\n"Milk"')
    assert.deepEqual(
      (await listAll(call)).map(({ title }) => title),
      ['Tea', 'Milk'],
    )
    await clear(call)
    assert.equal(
      (await importCsv('\ufeffdue,title,done\r\n2026-12-24,Tea,TRUE\r\n,Milk,')).text,
      '{"imported":2}',
    )
    assert.equal((await listAll(call))[0]!.done, true)
  })

  test('adds tasks that are searched, restored and announced like all others', async () => {
    await using stream = await listen(`${app.url}/events`)
    await importJson('[{"title":"imported 学习"}]')
    assert.deepEqual(await stream.next(), { event: 'reset', data: '{}' })
    const [task] = parse<TaskBody[]>(await call('GET', '/tasks?q=习'))
    await call('DELETE', `/tasks/${task!.id}`)
    assert.equal((await call('POST', `/tasks/${task!.id}/restore`)).status, 200)
  })

  test('takes an empty list, and columns without a record', async () => {
    for (const body of ['[]', ' [ \n ] \n']) assert.equal((await importJson(body)).text, '{"imported":0}')
    assert.equal((await importCsv('title,done\r\n')).text, '{"imported":0}')
  })

  const good = '{"title":"good"}'
  const faults: readonly (readonly [status: number, line: number, body: string, pointer?: string])[] = [
    [422, 2, `[${good},\n{"title":""},{"title":1}]`, '#/1/title'],
    [422, 4, `[\n${good},\n\n  {"title":"a","due":"2026-02-30"}]`, '#/1/due'],
    [422, 1, '[{"done":true}]', '#/0/title'],
    [422, 1, '[{"title":"a","color":1}]', '#/0/color'],
    [422, 1, '[{"title":"a","done":null}]', '#/0/done'],
    [422, 1, '[{"title":"a","created":"yesterday"}]', '#/0/created'],
    [422, 1, '[{"title":"a","created":"1969-12-31T23:59:59Z"}]', '#/0/created'],
    [422, 1, '[{"title":"a","updated":5}]', '#/0/updated'],
    [422, 1, '[{"title":"a","completed":"2026-01-01T00:00:00Z"}]', '#/0/completed'],
    [422, 3, `[${good},\n\n7]`, '#/1'],
    [422, 1, `[[${good}]]`, '#/0'],
    [400, 1, '{"title":"a"}'],
    [400, 1, ''],
    [400, 1, 'null'],
    [400, 2, `[${good},\n`],
    [400, 2, `[${good},\n]`],
    [400, 1, `[${good}\n${good}]`],
    [400, 1, `[${good}] x`],
    [400, 2, `[${good},\n{"title":}]`],
    [400, 1, '[,]'],
    [400, 1, '[}]'],
    [413, 1, `[{"title":"${'a'.repeat(300_000)}"}]`],
  ]
  for (const [status, line, body, pointer] of faults) {
    test(`of JSON with a fault in line ${line} adds nothing: ${body.slice(0, 60)}`, async () => {
      const answer = await importJson(body)
      assert.equal(answer.status, status, answer.text)
      const { detail, errors } = parse<Problem>(answer)
      assert.match(detail, new RegExp(`^Line ${line}\\b`))
      if (pointer) assert.deepEqual({ ...errors![0], detail: '' }, { pointer, line, detail: '' })
      assert.deepEqual(await listAll(call), [])
    })
  }

  const csvFaults: readonly (readonly [status: number, line: number, body: string, pointer?: string])[] = [
    [400, 1, ''],
    [400, 1, 'done\ntrue\n'],
    [400, 1, 'title,color\na,b\n'],
    [400, 1, 'title,title\na,b\n'],
    [400, 3, 'title,done\na,true\nb\n'],
    [400, 2, 'title\n"a\n'],
    [400, 3, 'title\na\n"b"c\n'],
    [400, 2, 'title\na"b\n'],
    [422, 5, 'title,notes\na,"b\nc"\nd,\n,e\n', '#/2/title'],
    [422, 2, 'title,done\na,yes\n', '#/0/done'],
    [422, 4, 'title,notes\na,"1\n2"\n\u0007,\n', '#/1/title'],
    [413, 2, `title\n${'a'.repeat(300_000)}`],
  ]
  const csvMessages: readonly (readonly [body: string, message: RegExp])[] = [
    ['title,color\na,b\n', /^Line 1 names the column "color", which is not known; .*title and any of id, /],
    ['Content;Priority\na;1\n', /^Line 1 names the column "Content", which is not known/],
    ['sep=;\n\nTitle;Fällig\n', /^Line 3 names the column "Fällig"/],
    ['title,Title\na,b\n', /^Line 1 names the column "Title", which it has already/],
    ['title,,due\n', /^Line 1 names the column "", which is not known/],
    ['done;due\n', /^Line 1 has no column title/],
    ['title;done\na;true;b\n', /^Line 2 has 3 fields and not 2/],
  ]
  for (const [body, message] of csvMessages)
    test(`of CSV says what is wrong with ${JSON.stringify(body)}`, async () => {
      const answer = await importCsv(body)
      assert.equal(answer.status, 400)
      assert.match(parse<Problem>(answer).detail, message)
    })

  const spreadsheets: Readonly<Record<string, string>> = {
    'semicolons and capital names': 'Title;DONE;Due\r\nTea;TRUE;2026-12-24\r\n"Milk; cold";FALSE;\r\n',
    tabs: 'title\tdone\tdue\nTea\ttrue\t2026-12-24\nMilk; cold\t\t\n',
    'a line that tells the separator': 'sep=;\r\ntitle;done;due\r\nTea;true;2026-12-24\r\n"Milk; cold";;\r\n',
    'a separator that only such a line tells': 'sep=|\ntitle|done|due\nTea|true|2026-12-24\nMilk; cold||\n',
    'a byte order mark, blank lines and empty records':
      '\ufeff\n\ntitle,done,due\n\n,,\nTea,true,2026-12-24\n,,\nMilk; cold,,\n,,',
    'separators at the ends of lines': 'title,done,due,,\nTea,true,2026-12-24,,\nMilk; cold,,,\n,,,,,,\n',
    'carriage returns as line ends': 'title,done,due\rTea,true,2026-12-24\r\r"Milk; cold",,\r',
    'blanks around names': ' title , done , due \nTea,true,2026-12-24\nMilk; cold,,\n',
  }
  for (const [what, body] of Object.entries(spreadsheets))
    test(`takes CSV as spreadsheets write it, with ${what}`, async () => {
      const answer = await importCsv(body)
      assert.equal(answer.text, '{"imported":2}')
      assert.deepEqual(
        (await listAll(call)).map(({ id: _, ...members }) => members),
        [
          { title: 'Tea', done: true, due: '2026-12-24' },
          { title: 'Milk; cold', done: false },
        ],
      )
    })

  test('of JSON says that it must be an array', async () => {
    for (const body of ['{"tasks":[]}', '{"title":"a"}\n{"title":"b"}', '"a"', 'x']) {
      const answer = await importJson(body)
      assert.equal(answer.status, 400)
      assert.equal(parse<Problem>(answer).detail, 'Line 1: the body must be one JSON array of tasks')
    }
  })

  for (const [status, line, body, pointer] of csvFaults) {
    test(`of CSV with a fault in line ${line} adds nothing: ${JSON.stringify(body.slice(0, 60))}`, async () => {
      const answer = await importCsv(body)
      assert.equal(answer.status, status, answer.text)
      const { detail, errors } = parse<Problem>(answer)
      assert.match(detail, new RegExp(`^Line ${line}\\b`))
      if (pointer) assert.deepEqual({ ...errors![0], detail: '' }, { pointer, line, detail: '' })
      assert.deepEqual(await listAll(call), [])
    })
  }

  for (const [type, begin] of Object.entries({ 'application/json': '["', 'text/csv': 'title\n"' }))
    test(`of ${type} that is refused in its midst does not hold up the next request on the connection`, async () => {
      using wire = await dial(app.url)
      const body = begin + 'a'.repeat(1_000_000)
      const head = `POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`
      for (let n = 0; n < 3; n++) {
        wire.send(head + body)
        assert.equal((await wire.reply()).status, 413)
      }
      wire.send('GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n')
      assert.equal((await wire.reply()).status, 200)
    })

  test('refuses other media types, codings and bytes that are no UTF-8', async () => {
    assert.equal((await call('POST', '/import', { body: '[]' })).status, 415)
    for (const type of ['text/plain', 'application/xml', 'text/csv; charset=utf-16'])
      assert.equal(
        (await call('POST', '/import', { body: '[]', headers: { 'Content-Type': type } })).status,
        415,
      )
    const gzip = { ...json, 'Content-Encoding': 'gzip' }
    assert.equal((await call('POST', '/import', { body: '[]', headers: gzip })).status, 415)
    const latin = new Uint8Array([0x5b, 0x7b, 0x22, 0xe9, 0x22, 0x7d, 0x5d])
    assert.equal((await call('POST', '/import', { body: latin, headers: json })).status, 400)
  })

  test('adds nothing of a body that is truncated', async () => {
    using wire = await dial(app.url)
    const tasks = `[${`${good},\n`.repeat(3_000)}`
    const head =
      'POST /import HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: cut-off\r\nContent-Type: application/json\r\n'
    wire.send(`${head}Content-Length: ${tasks.length * 2}\r\n\r\n${tasks}`)
    assert.equal((await call('GET', '/healthz')).status, 200)
    wire.socket.resetAndDestroy()
    await app.logged(({ id }) => id === 'cut-off')
    assert.deepEqual(await listAll(call), [])
  })

  test('answers Expect: 100-continue with 100, or refuses at once', async () => {
    const head = 'POST /import HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 20\r\n'
    using wire = await dial(app.url)
    wire.send(`${head}Content-Type: application/json\r\n\r\n`)
    assert.equal((await wire.reply()).status, 100)
    wire.send('[{"title":"waited"}]')
    assert.equal((await wire.reply()).body, '{"imported":1}')
    wire.send(`${head}Content-Type: text/plain\r\n\r\n`)
    assert.equal((await wire.reply()).status, 415)
  })

  test('reads the same however the body is split into chunks', async () => {
    const random = randomFrom(3)
    const tasks = Array.from({ length: 40 }, () => ({
      title:
        `t${random.text(30, () => random.pick(['a', '"', '\\', '[', ']', '{', '}', ',', '🐳', ' ', '\\"', '漢']))}`.trim(),
      done: random.once(2),
    }))
    const body = Buffer.from(JSON.stringify(tasks, null, random.pick([0, 1, 2])))
    for (const size of [1, 2, 3, 7, 64]) {
      await clear(call)
      using wire = await dial(app.url)
      wire.socket.setNoDelay(true)
      wire.send(
        'POST /import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      )
      for (let at = 0; at < body.length; at += size) {
        const chunk = body.subarray(at, at + size)
        wire.send(
          Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
        )
      }
      wire.send('0\r\n\r\n')
      assert.equal((await wire.reply()).body, `{"imported":${tasks.length}}`)
      assert.deepEqual(
        (await listAll(call)).map(({ title, done }) => ({ title, done })),
        tasks,
      )
    }
  })

  test('lets others read and write meanwhile, who see all of it or nothing', async () => {
    const count = 20_000
    const body = JSON.stringify(Array.from({ length: count }, (_, n) => ({ title: `task ${n}`, done: true })))
    let over = false
    const importing = importJson(body).then((answer) => {
      over = true
      return answer
    })
    const seen = new Set<number>()
    let writes = 0
    while (!over) {
      const { id } = await create(call, 'meanwhile')
      writes++
      assert.equal((await call('DELETE', `/tasks/${id}`)).status, 204)
      const done = parse<TaskBody[]>(await call('GET', '/tasks?done=true&limit=1000'))
      seen.add(done.length)
    }
    assert.equal((await importing).text, `{"imported":${count}}`)
    assert.ok(writes > 2)
    for (const length of seen) assert.ok(length === 0 || length === 1_000, `${length}`)
    assert.equal((await listAll(call)).length, count)
  })
})
