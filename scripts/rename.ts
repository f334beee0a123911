/**
 * `npm run rename NAME` gives a project that was made from this one its own name: commands, packages, images, metrics,
 * alerts, tables, Azure and the page. It cannot open this project's databases, and starts with new ones.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [name = ''] = process.argv.slice(2)
/** A storage account of Azure takes 24 characters, of which 13 are a hash; PromQL and SQL take no hyphens. */
const rule = /^[a-z][a-z0-9]{1,10}$/
const { name: old } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

if (!rule.test(name)) fail(`Cannot use the name "${name}": expected 2 to 11 of a-z and 0-9, a letter first`)
if (git('status', '--porcelain') !== '')
  fail('Commit what is changed first: so git shows what the renaming did')
const files = git('ls-files', '-z').split('\0').filter(Boolean)
const taken =
  files.find((file) => file.includes(name)) ?? textFiles().find(({ text }) => text.includes(name))?.file
if (taken) fail(`Cannot use the name "${name}": it stands in ${taken}, and could not be told from it later`)

for (const { file, text } of textFiles()) {
  const renamed = withName(text)
  if (renamed !== text) writeFileSync(join(root, file), renamed)
}
for (const file of files)
  if (withName(file) !== file) renameSync(join(root, file), join(root, withName(file)))
// Names of other lengths wrap differently.
spawnSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--write'], {
  cwd: root,
  stdio: 'inherit',
})

function withName(text: string): string {
  const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1)
  return text
    .replaceAll(old, name)
    .replaceAll(capital(old), capital(name))
    .replaceAll(old.toUpperCase(), name.toUpperCase())
}

function textFiles() {
  return files
    .filter((file) => lstatSync(join(root, file)).isFile())
    .map((file) => ({ file, bytes: readFileSync(join(root, file)) }))
    .filter(({ bytes }) => !bytes.includes(0))
    .map(({ file, bytes }) => ({ file, text: bytes.toString() }))
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
