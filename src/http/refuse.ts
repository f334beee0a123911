import type { Socket } from 'node:net'
import { limits } from '../limits.ts'
import { problem } from './message.ts'

export type ClientError = Error & { code?: string; rawPacket?: Buffer }

/** What the parser or a timeout refused: there is no request to call a handler with. */
export function refusalOf({ code, rawPacket }: ClientError): { status: number; detail: string } {
  if (code === 'HPE_HEADER_OVERFLOW')
    return isLongRequestLine(rawPacket)
      ? { status: 414, detail: 'The request line is too long' }
      : { status: 431, detail: `The header fields are larger than ${limits.headerBytes} bytes` }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, detail: 'The request took too long to arrive' }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return { status: 413, detail: 'The chunk extensions are too large' }
  return { status: 400, detail: 'This is not an HTTP/1.1 request' }
}

/** Answers on a connection that serves no request any more, and ends it. */
export function refuse(socket: Socket, status: number, detail: string, extra = '') {
  if (!socket.writable) return void socket.destroy()
  const { headers, body } = problem(status, detail)
  let head = `HTTP/1.1 ${status} Refused\r\n`
  for (let index = 0; index < headers.length; index += 2)
    head += `${headers[index]}: ${headers[index + 1]}\r\n`
  socket.end(`${head}${extra}Connection: close\r\n\r\n${body}`, () => socket.destroy())
}

/** Whether what overflowed the limit for the head was its first line. */
function isLongRequestLine(packet: Buffer | undefined): boolean {
  if (packet === undefined || !/^[A-Z]+ /.test(packet.toString('latin1', 0, 20))) return false
  const end = packet.indexOf('\r\n')
  return end === -1 || end >= limits.headerBytes
}
