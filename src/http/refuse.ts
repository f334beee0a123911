import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { limits } from '../limits.ts'
import { HttpError, problem } from './message.ts'

export type ClientError = Error & { code?: string; rawPacket?: Buffer; bytesParsed?: number }

/** A refusal by the parser or a timeout: there is no request for a handler. */
export function refusalOf({ code, rawPacket, bytesParsed = 0 }: ClientError): HttpError {
  if (code === 'HPE_HEADER_OVERFLOW')
    return isLongRequestLine(rawPacket)
      ? new HttpError(414, 'The request line is too long')
      : new HttpError(431, `The header fields are larger than ${limits.headerBytes} bytes`)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpError(408, 'The request took too long to arrive')
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new HttpError(413, 'The chunk extensions are too large')
  // The parser stopped within the method, or before it.
  if (code === 'HPE_INVALID_METHOD' && restOfLine.test(rawPacket?.toString('latin1', bytesParsed) ?? ''))
    return methodRefused()
  return new HttpError(400, 'This is not an HTTP/1.1 request')
}

/** For a method that no path supports. */
export function methodRefused(): HttpError {
  return new HttpError(405, `This method is not possible here; possible: ${methods}`, ['Allow', methods])
}

/** All methods that any path supports. */
export const methods = 'GET, HEAD, POST, PATCH, DELETE, OPTIONS'

/** Of a request line (RFC 9112, section 3), from within its method. */
const restOfLine = /^[!#$%&'*+.^`|~\w-]* [^ \r\n]+ HTTP\/1\.[01]\r?\n/

/** Answers on a connection that will serve no further request, and closes it. */
export function refuse(socket: Socket, { status, message, headers: more }: HttpError, id: string) {
  if (!socket.writable) return void socket.destroy()
  const { headers, body } = problem(status, message, { headers: [...more, 'X-Request-Id', id] })
  let head = `HTTP/1.1 ${status} Refused\r\nDate: ${new Date().toUTCString()}\r\n`
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.end(`${head}Connection: close\r\n\r\n${body}`, () => socket.destroy())
}

/** node:http keeps the current response on its socket; a list of our own would cost 5 % of a write. */
export type BusySocket = Socket & { readonly _httpMessage?: ServerResponse | null }

/** Waits until the valid requests before the refused one are answered. */
export function whenAnswered(socket: BusySocket, refuse: () => void) {
  const response = socket._httpMessage
  if (response?.req.complete && !response.writableFinished)
    response.once('finish', () => whenAnswered(socket, refuse))
  else refuse()
}

/** Whether it was the request line that exceeded the limit for the header. */
function isLongRequestLine(packet: Buffer | undefined): boolean {
  if (packet === undefined || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 20))) return false
  const end = packet.indexOf('\r\n')
  return end === -1 || end >= limits.headerBytes
}
