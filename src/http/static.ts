import { readdirSync, readFileSync } from 'node:fs'
import nodePath, { join } from 'node:path'
import { tagOfNumbers } from './etag.ts'
import { type Call, HttpError, noContent, type Reply } from './message.ts'

/** Headers of the page's files; nginx/default.conf.template sends the same. */
export const pageHeaders: readonly string[] = [
  'Content-Security-Policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types service-worker",
  'Cross-Origin-Opener-Policy',
  'same-origin',
  'Cross-Origin-Resource-Policy',
  'same-origin',
  'Permissions-Policy',
  'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy',
  'no-referrer',
  'X-Content-Type-Options',
  'nosniff',
]

/** The views of the page: paths without a file of their own that get index.html. */
export const pageRoutes: readonly string[] = [
  '/',
  '/today',
  '/upcoming',
  '/all',
  '/completed',
  // Views of earlier versions.
  '/active',
]

const mediaTypes: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
}

/**
 * Serves the built page from memory: all files are read at the start, so no request ever reaches the file system. A file with a
 * `.gz` next to it is sent compressed to clients that accept it. Throws if the folder cannot be read or has no index.html.
 */
export function staticFiles(root: string): (call: Call) => Reply {
  const files = new Map<string, { plain: Reply; gzip: Reply }>()
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.gz')) continue
    const file = join(entry.parentPath, entry.name)
    files.set(urlPath(root, file), readPage(file))
  }
  const index = files.get('/index.html')
  if (index === undefined) throw new Error(`Cannot serve the page in ${root}: it has no index.html`)
  for (const path of pageRoutes) files.set(path, index)

  return ({ method, path, headers }) => {
    const file = files.get(path)
    if (file === undefined) throw new HttpError(404, `Nothing is found at ${path.slice(0, 200)}`)
    if (method === 'OPTIONS') return noContent('Allow', 'GET, HEAD, OPTIONS')
    if (method !== 'GET' && method !== 'HEAD')
      throw new HttpError(405, `${method} is not possible here`, ['Allow', 'GET, HEAD, OPTIONS'])
    return acceptsGzip(headers['accept-encoding']) ? file.gzip : file.plain
  }
}

/** The URL path of a file. */
export function urlPath(root: string, file: string, { relative, sep } = nodePath): string {
  return `/${relative(root, file).split(sep).join('/')}`
}

function readPage(file: string): { plain: Reply; gzip: Reply } {
  const body = readFileSync(file)
  const type = mediaTypes[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  const plain = page(body, type, tagOfNumbers(body))
  let gzip: Buffer
  try {
    gzip = readFileSync(`${file}.gz`)
  } catch {
    return { plain, gzip: plain }
  }
  // Another representation, so another tag.
  const tag = plain.etag!.replace(/"$/, '-gz"')
  return { plain, gzip: page(gzip, type, tag, ['Content-Encoding', 'gzip']) }
}

function page(body: Buffer, type: string, etag: string, extra: readonly string[] = []): Reply {
  const headers = ['Content-Type', type, 'Content-Length', String(body.length), 'ETag', etag]
  return {
    status: 200,
    headers: [...headers, 'Cache-Control', 'no-cache', 'Vary', 'Accept-Encoding', ...extra, ...pageHeaders],
    body,
    etag,
  }
}

/** Whether Accept-Encoding (RFC 9110, section 12.5.3) allows gzip, by name or else by `*`. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map<string, number>()
  for (const choice of String(header ?? '')
    .toLowerCase()
    .split(',')) {
    const [coding = '', weight] = choice.split(';', 2)
    weights.set(coding.trim(), weight === undefined ? 1 : Number(/^\s*q=([\d.]+)\s*$/.exec(weight)?.[1] ?? 0))
  }
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0
}
