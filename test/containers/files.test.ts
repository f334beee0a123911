import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { argument, root } from './engine.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfiles = ['Dockerfile.backend', 'Dockerfile.frontend']

test('images, package.json and the dev container agree on the major version of Node.js', () => {
  const major = JSON.parse(read('package.json')).optionalDependencies.node.split('.')[0]
  for (const file of dockerfiles)
    assert.equal(/^node:(\d+)-/.exec(argument(file, 'NODE_IMAGE'))?.[1], major, file)
  assert.equal(/nodejs(\d+)-/.exec(argument('Dockerfile.backend', 'RUNTIME_IMAGE'))?.[1], major)
  const devcontainer = '.devcontainer/devcontainer.json'
  if (existsSync(join(root, devcontainer))) {
    const named = [...read(devcontainer).matchAll(/"version":\s*"(\d+)[\d.]*"|typescript-node:(\d+)/g)]
    assert.notEqual(named.length, 0, `${devcontainer} names no version of Node.js`)
    for (const [, feature, image] of named) assert.equal(feature ?? image, major, devcontainer)
  }
})

test('both images are built with the same Node.js', () => {
  assert.equal(argument('Dockerfile.backend', 'NODE_IMAGE'), argument('Dockerfile.frontend', 'NODE_IMAGE'))
})

for (const file of dockerfiles) {
  test(`${file} names base images by a version, in arguments alone`, () => {
    const text = read(file)
    const images = [...text.matchAll(/^ARG \w+_IMAGE=(.+)$/gm)].map(([, image]) => image!)
    assert.equal(images.length, 2)
    for (const image of images) assert.match(image, /:\d|\d.*:nonroot$/)
    const stages = [...text.matchAll(/ AS (\w+)$/gm)].map(([, stage]) => stage)
    for (const [, from] of text.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm))
      assert.ok(/^\$\{\w+_IMAGE\}$/.test(from!) || stages.includes(from), `FROM ${from}`)
  })

  test(`${file} runs nothing where the image's platform is, so that none needs emulation`, () => {
    const here = new Set<string>()
    for (const stage of read(file)
      .split(/^(?=FROM )/m)
      .slice(1)) {
      const [, platform, from, name] = /^FROM (--platform=\S+ )?(\S+)(?: AS (\w+))?$/m.exec(stage)!
      if (platform === '--platform=$BUILDPLATFORM ' || here.has(from!)) here.add(name!)
      else assert.doesNotMatch(stage, /^(RUN|ADD)\b/m)
    }
    assert.ok(here.size > 0)
  })

  test(`${file} is sent only what its ignore file names`, () => {
    const rules = read(`${file}.dockerignore`).split('\n')
    assert.equal(
      rules.find((rule) => rule !== '' && !rule.startsWith('#')),
      '*',
    )
  })
}
