import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder with a root authority (`root.pem`) and a server's key and chain for `*.DOMAIN` (`server.key`,
 * `chain.pem`), signed by an intermediate authority as public ones do.
 */
export function makeCertificates(domain: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'taskapp-certificates-'))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  writeFileSync(join(folder, 'authority.ext'), 'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign\n')
  writeFileSync(join(folder, 'server.ext'), `subjectAltName=DNS:*.${domain}\nextendedKeyUsage=serverAuth\n`)

  openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=Test root',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
  )
  sign('intermediate', '/CN=Test intermediate', 'root', 'authority.ext')
  sign('server', `/CN=*.${domain}`, 'intermediate', 'server.ext')
  const chain = ['server', 'intermediate'].map((name) => execFileSync('cat', [join(folder, `${name}.pem`)]))
  writeFileSync(join(folder, 'chain.pem'), Buffer.concat(chain))
  return folder

  function sign(name: string, subject: string, by: string, extensions: string) {
    openssl('req', ...key, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const authority = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial']
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-days',
      '2',
      '-extfile',
      extensions,
      '-out',
      `${name}.pem`,
    )
  }
}
