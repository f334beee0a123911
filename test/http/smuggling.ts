/** What two readers could take for different requests. Each hides `GET /smuggled`, which nobody may ever answer. */
const hidden = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'
const chunkedEnd = '0\r\n\r\n'
/** Longer than the hidden request, so that a length is a length and a chunk a chunk. */
const asChunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n${chunkedEnd}`

const post = (fields: string, body: string) =>
  `POST /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${fields}\r\n${body}`

/** All of them must be refused, and the connection closed. */
export const ambiguous: readonly (readonly [what: string, bytes: string])[] = [
  [
    'a length before chunks',
    post(`Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`, chunkedEnd + hidden),
  ],
  [
    'chunks before a length',
    post(`Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`, chunkedEnd + hidden),
  ],
  ['a length of 0 and chunks', post('Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', asChunk)],
  ['two lengths', post(`Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n`, hidden)],
  ['the same length twice', post('Content-Length: 2\r\nContent-Length: 2\r\n', `{}${hidden}`)],
  ['two lengths in one field', post(`Content-Length: 0, ${hidden.length}\r\n`, hidden)],
  ['a length with a sign', post('Content-Length: +2\r\n', `{}${hidden}`)],
  ['a length in hexadecimals', post('Content-Length: 0x2\r\n', `{}${hidden}`)],
  ['a length with a blank in it', post('Content-Length: 0 2\r\n', `{}${hidden}`)],
  ['a length that wraps around 64 bits', post('Content-Length: 18446744073709551618\r\n', `{}${hidden}`)],
  ['an empty length', post('Content-Length: \r\n', hidden)],
  ['a length with a comma behind it', post('Content-Length: 2,\r\n', `{}${hidden}`)],
  ['a blank before the colon of a length', post('Content-Length : 2\r\n', `{}${hidden}`)],
  ['a blank before the colon of chunks', post('Transfer-Encoding : chunked\r\n', chunkedEnd + hidden)],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', chunkedEnd + hidden)],
  ['chunked in two fields', post('Transfer-Encoding: chunked\r\n'.repeat(2), chunkedEnd + hidden)],
  ['chunked before another coding', post('Transfer-Encoding: chunked, identity\r\n', chunkedEnd + hidden)],
  ['another coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', chunkedEnd + hidden)],
  ['identity and a length', post('Transfer-Encoding: identity\r\nContent-Length: 2\r\n', `{}${hidden}`)],
  ['an unknown coding', post('Transfer-Encoding: xchunked\r\n', chunkedEnd + hidden)],
  ['chunked in quotes', post('Transfer-Encoding: "chunked"\r\n', chunkedEnd + hidden)],
  ['chunked with a parameter', post('Transfer-Encoding: chunked;q=1\r\n', chunkedEnd + hidden)],
  ['chunked behind a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', chunkedEnd + hidden)],
  ['chunked with a NUL', post('Transfer-Encoding: chunked\0\r\n', chunkedEnd + hidden)],
  ['chunked in a folded field', post('Transfer-Encoding:\r\n chunked\r\n', chunkedEnd + hidden)],
  ['a folded field', post('X: a\r\n b\r\nContent-Length: 2\r\n', `{}${hidden}`)],
  ['a first field that is folded', `GET /tasks HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n${hidden}`],
  ['a name with a bare CR', post('X: a\rTransfer-Encoding: chunked\r\n', chunkedEnd + hidden)],
  ['a name with a NUL', post('Transfer-Encoding\0: chunked\r\n', chunkedEnd + hidden)],
  ['a field without a name', post(': x\r\nContent-Length: 2\r\n', `{}${hidden}`)],
  [
    'a chunk of a size with a sign',
    post('Transfer-Encoding: chunked\r\n', `+2\r\n{}\r\n${chunkedEnd}${hidden}`),
  ],
  [
    'a chunk of a size with 0x',
    post('Transfer-Encoding: chunked\r\n', `0x2\r\n{}\r\n${chunkedEnd}${hidden}`),
  ],
  [
    'a chunk of a size that wraps',
    post('Transfer-Encoding: chunked\r\n', `10000000000000002\r\n{}\r\n${chunkedEnd}${hidden}`),
  ],
  ['a chunk without a size', post('Transfer-Encoding: chunked\r\n', `\r\n{}\r\n${chunkedEnd}${hidden}`)],
  [
    'a chunk that is longer than it says',
    post('Transfer-Encoding: chunked\r\n', `2\r\n{}x\r\n${chunkedEnd}${hidden}`),
  ],
  ['a chunk without its end', post('Transfer-Encoding: chunked\r\n', `2\r\n{}${chunkedEnd}${hidden}`)],
  [
    'chunks in HTTP/1.0 with a length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', chunkedEnd + hidden).replace(
      'HTTP/1.1',
      'HTTP/1.0',
    ),
  ],
]

/** These may be taken or refused, but the hidden request is none. */
export const odd: readonly (readonly [what: string, bytes: string])[] = [
  [
    'a body of a GET',
    `GET /tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ],
  [
    'a body of a GET in chunks',
    `GET /tasks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${asChunk}`,
  ],
  ['a body that is no JSON', post(`Content-Length: ${hidden.length}\r\n`, hidden)],
  ['a body in chunks that is no JSON', post('Transfer-Encoding: chunked\r\n', asChunk)],
  [
    'a chunk with an extension',
    post('Transfer-Encoding: chunked\r\n', `${hidden.length.toString(16)};a="\r\n${hidden}\r\n${chunkedEnd}`),
  ],
  [
    'a field behind the chunks',
    post('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\nContent-Length: ${hidden.length}\r\n\r\n`),
  ],
  ['chunked in capitals', post('Transfer-Encoding: CHUNKED\r\n', asChunk)],
  ['a length in another field', post(`Content_Length: 2\r\nContent-Length: ${hidden.length}\r\n`, hidden)],
  [
    'a body of a DELETE',
    `DELETE /tasks/999 HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ],
  ['a body that asks first', post(`Expect: 100-continue\r\nContent-Length: ${hidden.length}\r\n`, hidden)],
  [
    'a wish for another protocol',
    `GET /tasks HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
  ],
  ['a target with a line break', `GET /tasks?%0d%0aGET%20/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n`],
]
