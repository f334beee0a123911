import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { basesOf, root } from './engine.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfiles = ['Dockerfile.backend', 'Dockerfile.frontend']

test('images, package.json and the dev container agree on the major version of Node.js', () => {
  const major = JSON.parse(read('package.json')).optionalDependencies.node.split('.')[0]
  for (const file of dockerfiles) assert.equal(/^node:(\d+)-/.exec(basesOf(file)[0]!)?.[1], major, file)
  assert.equal(/nodejs(\d+)-/.exec(basesOf('Dockerfile.backend')[1]!)?.[1], major)
  const devcontainer = '.devcontainer/devcontainer.json'
  if (existsSync(join(root, devcontainer))) {
    const named = [...read(devcontainer).matchAll(/"version":\s*"(\d+)[\d.]*"|typescript-node:(\d+)/g)]
    assert.notEqual(named.length, 0, `${devcontainer} names no version of Node.js`)
    for (const [, feature, image] of named) assert.equal(feature ?? image, major, devcontainer)
  }
})

test('both Dockerfiles install packages and build the page with the same instructions, so that the cache is shared', () => {
  const stage = (file: string, name: string) =>
    read(file)
      .replaceAll(/^#.*\n/gm, '')
      .split(/^(?=FROM )/m)
      .find((text) => text.split('\n')[0]!.endsWith(` AS ${name}`))
      ?.trim()
  for (const name of ['dependencies', 'page']) {
    assert.ok(stage('Dockerfile.backend', name))
    assert.equal(stage('Dockerfile.backend', name), stage('Dockerfile.frontend', name))
  }
})

for (const file of dockerfiles) {
  test(`${file} names base images by version and digest, as Dependabot reads them`, () => {
    const bases = basesOf(file)
    assert.equal(bases.length, 2)
    for (const base of bases) assert.match(base, /:\d+[\w.-]*@|\d+:nonroot@/)
    const stages = [...read(file).matchAll(/ AS (\w+)$/gm)].map(([, stage]) => stage)
    for (const [, from] of read(file).matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm))
      assert.ok(bases.includes(from!) || stages.includes(from), `FROM ${from}`)
  })

  test(`${file} runs nothing on the target platform, so that no build needs emulation`, () => {
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

  test(`${file} has a build context of only what its ignore file names`, () => {
    const rules = read(`${file}.dockerignore`).split('\n')
    assert.equal(
      rules.find((rule) => rule !== '' && !rule.startsWith('#')),
      '*',
    )
  })
}

test('compose.yaml passes every setting of the program', () => {
  const known = new Set<string>()
  // Variables set by a platform are not settings.
  const platform = /^(CONTAINER_APP|KUBERNETES)_/
  readConfig(
    new Proxy({}, { get: (_, name) => void (platform.test(String(name)) || known.add(String(name))) }),
  )
  // The image sets where it listens, and nginx serves the page.
  for (const name of ['HOST', 'PORT', 'WEB_ROOT']) assert.ok(known.delete(name))
  const passed = Object.keys(parse(read('compose.yaml')).services.backend.environment)
  assert.deepEqual(passed, [...known].sort())
})
