import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { startApp } from '../helpers/app.ts'
import { client, create, type Problem, type TaskBody } from '../helpers/client.ts'
import { dial, exchange, type WireReply } from '../helpers/wire.ts'

const app = await startApp()
after(() => app[Symbol.asyncDispose]())
const call = client(app.url)

const get = 'GET /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'
const post = (body: string, headers = '') =>
  `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`

suite('The server refuses with a problem and closes the connection', () => {
  const refusals: readonly (readonly [what: string, status: number, bytes: string])[] = [
    ['what is no HTTP', 400, 'GARBAGE\r\n\r\n'],
    ['a TLS greeting', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ['the preface of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method in lower case', 405, 'get /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a method that is unknown', 405, 'FROB /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a version that is unknown', 400, 'GET /tasks HTTP/3.0\r\nHost: localhost\r\n\r\n'],
    ['a target with a blank', 400, 'GET /ta sks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a blank before the colon', 400, 'GET /tasks HTTP/1.1\r\nHost : a\r\n\r\n'],
    ['a field without a colon', 400, 'GET /tasks HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n'],
    ['a NUL in a field', 400, 'GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n'],
    [
      'Content-Length together with Transfer-Encoding',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'two lengths',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    ],
    [
      'a length that is no number',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n',
    ],
    ['a negative length', 400, 'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n'],
    [
      'a length beyond all numbers',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n',
    ],
    [
      'a transfer coding that is not chunked',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n',
    ],
    [
      'a chunk whose size is no number',
      400,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n',
    ],
    [
      'chunk extensions without end',
      413,
      `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    ],
    [
      'header fields beyond 16 KiB',
      431,
      `GET /tasks HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
    ],
    [
      'many small header fields beyond 16 KiB',
      431,
      `GET /tasks HTTP/1.1\r\nHost: localhost\r\n${'X: x\r\n'.repeat(4_000)}\r\n`,
    ],
    ['a request line without end', 414, `GET /${'x'.repeat(17_000)}`],
    ['a request line beyond 16 KiB', 414, `GET /${'x'.repeat(17_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
  ]
  for (const [what, status, bytes] of refusals) {
    test(`${what}: ${status}`, async () => {
      using wire = await dial(app.url)
      wire.send(bytes)
      const reply = await wire.reply()
      assertProblem(reply, status)
      assert.equal(reply.headers.get('connection'), 'close')
      assert.equal(await wire.closed(), '')
    })
  }
})

suite('The server refuses with a problem and keeps the connection', () => {
  const refusals: readonly (readonly [what: string, status: number, bytes: string])[] = [
    ['a request without Host', 400, 'GET /tasks HTTP/1.1\r\n\r\n'],
    ['a request with two Hosts', 400, 'GET /tasks HTTP/1.1\r\nHost: localhost\r\nhost: a\r\n\r\n'],
    ['a target beyond 8 KiB', 414, `GET /tasks?q=${'x'.repeat(8_200)} HTTP/1.1\r\nHost: localhost\r\n\r\n`],
    ['a path that does not decode', 400, 'GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['two slashes', 404, 'GET // HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a way upwards', 404, 'GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a fragment in the target', 404, 'GET /tasks#x HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a method of others', 405, 'PROPFIND /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['TRACE', 405, 'TRACE /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    [
      'an unread body at an unknown path',
      404,
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nGET / HTT',
    ],
    [
      'an unread chunked body',
      415,
      'POST /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    ['a body too large by its declaration', 413, post('x'.repeat(70_000))],
    [
      'a body too large by its chunks',
      413,
      `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${`1000\r\n${' '.repeat(4_096)}\r\n`.repeat(17)}0\r\n\r\n`,
    ],
    ['a body that is not JSON', 400, post('{"title":')],
  ]
  for (const [what, status, bytes] of refusals) {
    test(`${what}: ${status}`, async () => {
      using wire = await dial(app.url)
      wire.send(bytes)
      assertProblem(await wire.reply(), status)
      wire.send(get)
      assert.equal((await wire.reply()).status, 200)
    })
  }
})

suite('The server answers', () => {
  const requests: readonly (readonly [what: string, bytes: string])[] = [
    ['HTTP/1.0 without a Host', 'GET /tasks HTTP/1.0\r\n\r\n'],
    ['an empty Host', 'GET /tasks HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a target in absolute form', 'GET http://localhost/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    [
      'a wish for another protocol, without granting it',
      'GET /tasks HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    [
      'a wish for HTTP/2, without granting it',
      'GET /tasks HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n',
    ],
    ['a GET with a body', 'GET /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello'],
    ['empty lines before the request', `\r\n\r\n${get}`],
    [
      'a field twice',
      'GET /tasks HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "x"\r\nIf-None-Match: "y"\r\n\r\n',
    ],
  ]
  for (const [what, bytes] of requests) {
    test(`${what}`, async () => {
      const reply = await exchange(app.url, bytes)
      assert.equal(reply.status, 200)
      assert.equal(reply.headers.get('content-type'), 'application/json')
    })
  }

  test('a POST that arrives byte by byte', async () => {
    using wire = await dial(app.url)
    wire.socket.setNoDelay(true)
    for (const byte of post('{"title":"slow 🐢"}')) {
      wire.send(byte)
      await new Promise(setImmediate)
    }
    const reply = await wire.reply()
    assert.equal(reply.status, 201)
    assert.match(reply.body, /slow 🐢/)
  })

  test('pipelined requests, in order', async () => {
    using wire = await dial(app.url)
    wire.send(
      `${post('{"title":"one"}')}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${post('{"title":"two"}')}${get}`,
    )
    const replies = [await wire.reply(), await wire.reply(), await wire.reply(), await wire.reply()]
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 200, 201, 200],
    )
    assert.match(replies[0]!.body, /one/)
    assert.equal(replies[1]!.body, '{"status":"ok"}')
    assert.match(replies[2]!.body, /two/)
    assert.match(replies[3]!.body, /two/)
  })

  test('a thousand pipelined requests', async () => {
    using wire = await dial(app.url)
    wire.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000))
    for (let n = 0; n < 1_000; n++) assert.equal((await wire.reply()).status, 200)
  })

  test('a client that half-closes after its requests', async () => {
    using wire = await dial(app.url)
    wire.socket.end(`${post('{"title":"last words"}')}${post('{"title":"very last words"}')}`)
    assert.deepEqual([(await wire.reply()).status, (await wire.reply()).status], [201, 201])
    assert.equal(await wire.closed(), '')
  })

  test('a client that half-closes in the middle of a body with 400', async () => {
    using wire = await dial(app.url)
    wire.socket.end(post('{"title":"unfinished"}').slice(0, -3))
    assertProblem(await wire.reply(), 400)
    await wire.closed()
  })

  test('an empty chunked body without a type like no body', async () => {
    const { id } = await create(call, 'toggled')
    using wire = await dial(app.url)
    const patch = `PATCH /tasks/${id} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n`
    wire.send(`${patch}\r\n0\r\n\r\n`)
    const toggled = await wire.reply()
    assert.equal(toggled.status, 200)
    assert.equal(JSON.parse(toggled.body).done, true)
    wire.send(`${patch}\r\n2\r\n{}\r\n0\r\n\r\n`)
    assertProblem(await wire.reply(), 415)
    wire.send(`${patch}Content-Type: text/plain\r\n\r\n0\r\n\r\n`)
    assertProblem(await wire.reply(), 415)
  })

  test('a request before it refuses the malformed one after it', async () => {
    using wire = await dial(app.url)
    wire.send(`${post('{"title":"before"}')}GARBAGE\r\n\r\n`)
    assert.equal((await wire.reply()).status, 201)
    assert.equal((await wire.reply()).status, 400)
    await wire.closed()
  })

  test('a request before it refuses the unknown method after it', async () => {
    using wire = await dial(app.url)
    wire.send(`${post('{"title":"before"}')}BREW /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    assert.equal((await wire.reply()).status, 201)
    assertProblem(await wire.reply(), 405)
    await wire.closed()
  })

  test('Connection: close by closing, and keeps a connection open otherwise', async () => {
    using wire = await dial(app.url)
    for (let n = 0; n < 3; n++) {
      wire.send(get)
      assert.equal((await wire.reply()).headers.get('connection'), 'keep-alive')
    }
    wire.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    assert.equal((await wire.reply()).headers.get('connection'), 'close')
    assert.equal(await wire.closed(), '')
  })

  test('HEAD with nothing after the header fields', async () => {
    using wire = await dial(app.url)
    wire.send(`HEAD /tasks HTTP/1.1\r\nHost: localhost\r\n\r\n${get}`)
    const head = await wire.reply({ head: true })
    const full = await wire.reply()
    assert.equal(head.headers.get('content-length'), full.headers.get('content-length'))
    assert.ok(full.body.startsWith('['))
  })

  test('CONNECT with 405 and closes', async () => {
    using wire = await dial(app.url)
    wire.send('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n')
    const reply = await wire.reply()
    assertProblem(reply, 405)
    assert.equal(reply.headers.get('allow'), 'GET, HEAD, POST, PATCH, DELETE, OPTIONS')
    await wire.closed()
  })

  test('CONNECT after the requests pipelined before it', async () => {
    using wire = await dial(app.url)
    wire.send(`${post('{"title":"first"}').repeat(2)}CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n`)
    const replies = [await wire.reply(), await wire.reply(), await wire.reply()]
    assert.deepEqual(
      replies.map(({ status }) => status),
      [201, 201, 405],
    )
    await wire.closed()
  })

  test('OPTIONS * with all methods', async () => {
    const { status, headers } = await exchange(app.url, 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal(status, 204)
    assert.equal(headers.get('allow'), 'GET, HEAD, POST, PATCH, DELETE, OPTIONS')
  })
})

suite('A client that sends Expect: 100-continue', () => {
  const expect = 'Expect: 100-continue\r\n'
  const fields = 'Host: localhost\r\nContent-Type: application/json\r\n'

  test('gets 100 and then a response', async () => {
    using wire = await dial(app.url)
    wire.send(`POST /tasks HTTP/1.1\r\n${fields}${expect}Content-Length: 13\r\n\r\n`)
    assert.equal((await wire.reply()).status, 100)
    wire.send('{"title":"a"}')
    assert.equal((await wire.reply()).status, 201)
    wire.send(get)
    assert.equal((await wire.reply()).status, 200)
  })

  for (const [why, status, head] of [
    ['it is too large', 413, `POST /tasks HTTP/1.1\r\n${fields}${expect}Content-Length: 65537\r\n\r\n`],
    ['of its type', 415, `POST /tasks HTTP/1.1\r\nHost: localhost\r\n${expect}Content-Length: 13\r\n\r\n`],
    ['the path is unknown', 404, `POST /x HTTP/1.1\r\n${fields}${expect}Content-Length: 13\r\n\r\n`],
    ['the method is wrong', 405, `PUT /tasks HTTP/1.1\r\n${fields}${expect}Content-Length: 13\r\n\r\n`],
  ] as const) {
    test(`is refused at once, because ${why}`, async () => {
      using wire = await dial(app.url)
      wire.send(head)
      const reply = await wire.reply()
      assertProblem(reply, status)
      assert.equal(reply.headers.get('connection'), 'close')
      await wire.closed()
    })
  }

  test('gets 417 for any other expectation', async () => {
    const reply = await exchange(app.url, 'GET /tasks HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\n\r\n')
    assertProblem(reply, 417)
  })
})

suite('Every refusal is a problem whose request id is in the log', () => {
  const host = 'Host: localhost\r\n'
  const refusals: readonly (readonly [what: string, status: number, request: string])[] = [
    ['another expectation', 417, `GET /tasks HTTP/1.1\r\n${host}Expect: wonders\r\n\r\n`],
    ['CONNECT', 405, `CONNECT a:1 HTTP/1.1\r\n${host}\r\n`],
    ['an unknown method', 405, `BREW /tasks HTTP/1.1\r\n${host}\r\n`],
    ['a method for other services', 405, `PROPFIND /tasks HTTP/1.1\r\n${host}\r\n`],
    ['a Host with a blank', 400, 'GET /tasks HTTP/1.1\r\nHost: a b\r\n\r\n'],
    ['a Host with a path', 400, 'GET /tasks HTTP/1.1\r\nHost: a/b\r\n\r\n'],
    ['a Host with a port that is none', 400, 'GET /tasks HTTP/1.1\r\nHost: a:b\r\n\r\n'],
    ['two Hosts', 400, `GET /tasks HTTP/1.1\r\n${host}${host}\r\n`],
    ['no Host', 400, 'GET /tasks HTTP/1.1\r\n\r\n'],
    ['a Host that is not allowed', 421, 'GET /tasks HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n'],
    ['a bad escape in the query', 400, `GET /tasks?q=%zz HTTP/1.1\r\n${host}\r\n`],
    ['a bad escape in the path', 400, `GET /%zz HTTP/1.1\r\n${host}\r\n`],
    ['an unknown transfer coding', 400, `POST /tasks HTTP/1.1\r\n${host}Transfer-Encoding: gzip\r\n\r\n`],
    ['a length that is none', 400, `POST /tasks HTTP/1.1\r\n${host}Content-Length: a\r\n\r\n`],
    ['a NUL in a field', 400, `GET /tasks HTTP/1.1\r\n${host}A: \0\r\n\r\n`],
    ['no HTTP', 400, 'hello\r\n\r\n'],
    ['too large a head', 431, `GET /tasks HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['too long a target', 414, `GET /${'a'.repeat(9_000)} HTTP/1.1\r\n${host}\r\n`],
    ['a type that is not taken', 415, `POST /tasks HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\na`],
    ['an unknown path', 404, `GET /x HTTP/1.1\r\n${host}\r\n`],
  ]
  /** The fields that RFC 9110 and 5789 name for a status. */
  const fields: Readonly<Record<number, string>> = { 405: 'allow', 415: 'accept' }

  for (const [what, status, request] of refusals)
    test(what, async () => {
      const reply = await exchange(app.url, request)
      assertProblem(reply, status)
      const field = fields[status]
      if (field) assert.match(reply.headers.get(field)!, /^[\w/+-]+(?:, [\w/+-]+)*$/)
      const id = reply.headers.get('x-request-id')
      await app.logged((line) => line['id'] === id && line['status'] === status)
    })
})

suite('A request pipelined after a response that closes the connection is not executed', () => {
  const endings: readonly (readonly [what: string, request: string])[] = [
    ['a request that says so', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['HTTP/1.0', 'GET /healthz HTTP/1.0\r\n\r\n'],
    ['a body that was not asked for', 'GET /x HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n'],
    ['a wish for another protocol', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n\r\n'],
  ]
  for (const [what, request] of endings) {
    test(what, async () => {
      const title = `behind ${what}`
      using wire = await dial(app.url)
      // A body lets node:http finish what it has under way, in the middle of a packet.
      wire.send(request + post(JSON.stringify({ title })).repeat(3))
      assert.equal((await wire.reply()).headers.get('connection'), 'close')
      await wire.closed()
      // Whatever was sent for being written before this is there with it.
      await create(call, 'the next')
      assert.doesNotMatch((await call('GET', '/tasks')).text, new RegExp(title))
    })
  }
})

suite('A body that ends too early is refused at once', () => {
  for (const [what, field] of [
    ['of a request', ''],
    ['of the last one of its connection', 'Upgrade: h2c\r\n'],
  ] as const)
    test(what, async () => {
      using wire = await dial(app.url)
      const head = 'POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
      wire.socket.end(`${head}${field}Content-Length: 99\r\n\r\n{"title":`)
      assertProblem(await wire.reply(), 400)
      await wire.closed()
    })
})

suite('A client that misbehaves harms nobody else', () => {
  test('when it disconnects in the middle of a body', async () => {
    const marker = 'leaves-in-the-middle'
    using wire = await dial(app.url)
    wire.send(
      `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Request-Id: ${marker}\r\nContent-Length: 99\r\n\r\n{"title":"ha`,
    )
    // The server reads in order: once this is answered, it is waiting for the rest of that body.
    assert.equal((await call('GET', '/healthz')).status, 200)
    wire.socket.resetAndDestroy()
    const { status } = await app.logged(({ id }) => id === marker)
    assert.equal(status, 400)
  })

  test('when it disconnects before the response', async () => {
    const before = await create(call, 'before')
    using wire = await dial(app.url)
    wire.socket.write(post('{"title":"gone"}'), () => wire.socket.resetAndDestroy())
    await wire.closed()
    const after = await create(call, 'after')
    assert.ok(after.id > before.id)
  })

  test('when it never ends a body that the server discards', async () => {
    using wire = await dial(app.url)
    wire.send('POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n')
    assert.equal((await wire.reply()).status, 404)
    const flood = Buffer.alloc(64 * 1024)
    const closed = wire.closed()
    const more = () => {
      while (!wire.socket.destroyed && wire.socket.write(flood));
    }
    wire.socket.on('drain', more)
    more()
    await closed
  })

  test('when it sends half a request line and nothing more', async () => {
    using wire = await dial(app.url)
    wire.send('GET /tas')
    const { id } = await create(call, 'meanwhile')
    wire.send(`ks/${id} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    assert.equal((JSON.parse((await wire.reply()).body) as TaskBody).title, 'meanwhile')
  })

  test('and the log has no server error at the end', async () => {
    assert.equal((await call('GET', '/readyz')).status, 200)
    assert.deepEqual(
      app.log.filter(({ level }) => level === 'error'),
      [],
    )
    assert.equal(app.errors(), '')
  })
})

function assertProblem({ status, headers, body }: WireReply, expected: number) {
  assert.equal(status, expected, body)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  const problem: Problem = JSON.parse(body)
  assert.equal(problem.status, expected)
  assert.equal(problem.type, 'about:blank')
  assert.ok(problem.title && problem.detail)
}
