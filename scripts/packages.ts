/**
 * `node scripts/packages.ts FOLDER` installs the packages of FOLDER/package.json, unless its lock file is that of the
 * last time. So `npm ci` installs only build and check tools; test packages come with the first test. npm runs on
 * this process's Node.js, since the machine's may be too old for them. None needs an install script.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export function installPackages(name: string) {
  const folder = join(import.meta.dirname, '..', name)
  const lock = join(folder, 'package-lock.json')
  const installed = join(folder, 'node_modules/.installed-lock.json')
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(lock))) return
  console.log(`Installing the packages of ${name}/package.json …`)
  const status = npm(
    folder,
    'ci',
    '--prefix',
    '.',
    '--ignore-scripts',
    '--omit=optional',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  )
  if (status !== 0)
    throw new Error(`Cannot install the packages of ${name}/package.json: npm ci ended with ${status}`)
  copyFileSync(lock, installed)
}

/** npm passes its own path to scripts. Otherwise the npm of PATH is used, which is a batch file on Windows. */
function npm(cwd: string, ...args: string[]): number | null {
  const { npm_execpath } = process.env
  const { status, error } = npm_execpath?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm_execpath, ...args], { cwd, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
  if (error) throw error
  return status
}

// Not import.meta.main, which is run.cjs.
if (process.argv[1] === import.meta.filename) for (const name of process.argv.slice(2)) installPackages(name)
