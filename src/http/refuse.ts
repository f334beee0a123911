import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'
import { HttpError, problem } from './message.ts'

export type ClientError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number }

/** What the parser or a timeout refused: there is no request to call a handler with. */
export function refusalOf({ code, rawPacket, bytesParsed = 0 }: ClientError): HttpError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return isLongRequestLine(rawPacket)
      ? new HttpError(414, 'The request line is too long')
      : new HttpError(431, `The header fields are larger than ${limits.headerBytes} bytes`)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpError(408, 'The request took too long to arrive')
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new HttpError(413, 'The chunk extensions are too large')
  // Where it stopped is within the method, or before it.
  if (code === 'HPE_INVALID_METHOD' && restOfLine.test(rawPacket?.toString('latin1', bytesParsed) ?? ''))
    return methodRefused()
  return new HttpError(400, 'This is not an HTTP/1.1 request')
}

/** Of a method that no path here takes. */
export function methodRefused(): HttpError {
  return new HttpError(405, `This method is not possible here; possible: ${methods}`, ['Allow', methods])
}

/** All that any path takes. */
export const methods = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS'

/** Of a request line (RFC 9112, section 3), from within its method. */
const restOfLine = /^[!#$%&'*+.^`|~\w-]* [^ \r\n]+ HTTP\/1\.[01]\r?\n/

/** Answers on a connection that serves no request any more, and ends it. */
export function refuse(socket: Socket, { status, message, headers: more }: HttpError, id: string) {
  if (!socket.writable) return void socket.destroy()
  const { headers, body } = problem(status, message, { headers: [...more, 'X-Request-Id', id] })
  let head = `HTTP/1.1 ${status} Refused\r\nDate: ${new Date().toUTCString()}\r\n`
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.end(`${head}Connection: close\r\n\r\n${body}`, () => socket.destroy())
}

/** node:http keeps the response that is being made on its socket; a list of our own would cost 5 % of a write. */
export type BusySocket = Socket & { readonly _httpMessage?: ServerResponse | null }

/** Good requests before what is refused get their answers first. */
export function whenAnswered(socket: BusySocket, refuse: () => void) {
  const response = socket._httpMessage
  if (response?.req.complete && !response.writableFinished)
    response.once('finish', () => whenAnswered(socket, refuse))
  else refuse()
}

/** Whether what overflowed the limit for the head was its first line. */
function isLongRequestLine(packet: Buffer | undefined): boolean {
  if (packet === undefined || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 20))) return false
  const end = packet.indexOf('\r\n')
  return end === -1 || end >= limits.headerBytes
}
