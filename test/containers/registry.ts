import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface Registry {
  /** HOST:PORT, the first part of image names. */
  readonly host: string
  close(): Promise<void>
}

/**
 * The part of a registry that `docker push` and `docker pull` need
 * (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md), on this machine's loopback address,
 * where the engine asks for no certificate.
 */
export async function openRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-registry-'))
  const file = (name: string) => join(folder, encodeURIComponent(name))
  /** Media types by digest, and digests by NAME:TAG. */
  const [types, tags] = [new Map<string, string>(), new Map<string, string>()]

  const server = createServer((req, res) => {
    // The client may have disconnected in the middle of a blob.
    answer(req, res).catch((error: Error) =>
      res.headersSent ? res.destroy() : res.writeHead(500).end(error.message),
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true })
    },
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<unknown> {
    const { pathname, searchParams } = new URL(req.url!, 'http://registry')
    if (pathname === '/v2/') return res.end()
    const [, name, kind, reference = ''] =
      /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests)\/([^/]*)$/.exec(pathname) ?? []
    if (name === undefined) return res.writeHead(404).end()
    if (req.method === 'PUT') return put(req, res, `${name}:${reference}`, searchParams.get('digest'))
    if (kind === 'blobs/uploads') {
      const upload = reference || randomUUID()
      const size = await append(req, upload)
      const headers = { Location: `/v2/${name}/blobs/uploads/${upload}`, Range: `0-${size - 1}` }
      return res.writeHead(202, headers).end()
    }
    return get(req, res, tags.get(`${name}:${reference}`) ?? reference)
  }

  /** The end of a blob's upload, which has the digest in its query, or a manifest under a tag or digest. */
  async function put(req: IncomingMessage, res: ServerResponse, reference: string, expected: string | null) {
    const upload = expected === null ? randomUUID() : reference.replace(/.*:/, '')
    await append(req, upload)
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(file(upload))) hash.update(chunk)
    const digest = `sha256:${hash.digest('hex')}`
    if (expected !== null && expected !== digest) return res.writeHead(400).end()
    renameSync(file(upload), file(digest))
    if (expected === null) {
      types.set(digest, req.headers['content-type']!)
      tags.set(reference, digest)
    }
    return res.writeHead(201, { Location: req.url, 'Docker-Content-Digest': digest }).end()
  }

  async function get(req: IncomingMessage, res: ServerResponse, digest: string) {
    const size = statSync(file(digest), { throwIfNoEntry: false })?.size
    if (size === undefined) return res.writeHead(404).end()
    res.writeHead(200, {
      'Content-Type': types.get(digest) ?? 'application/octet-stream',
      'Content-Length': size,
      'Docker-Content-Digest': digest,
    })
    return req.method === 'HEAD' ? res.end() : pipeline(createReadStream(file(digest)), res)
  }

  async function append(req: IncomingMessage, upload: string): Promise<number> {
    await pipeline(req, createWriteStream(file(upload), { flags: 'a' }))
    return statSync(file(upload)).size
  }
}
