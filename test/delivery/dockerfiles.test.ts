/**
 * hadolint's findings in the Dockerfiles: parse errors and rules, as far as they can apply to these files
 * (github.com/hadolint/hadolint#rules). ci runs hadolint itself.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { root } from '../helpers/app.ts'
import { needs } from '../helpers/needs.ts'

const files = readdirSync(root).filter((name) => /^Dockerfile\.\w+$/.test(name))

/** The rules' numbers, or `parse` for a parse error. */
function findings(text: string): string[] {
  const file = DockerfileParser.parse(text)
  const found = new Set<string>()
  for (const [rule, finds] of Object.entries(rules)) if (finds(file)) found.add(rule)
  return [...found].sort()
}

const named = (file: Dockerfile, keyword: string) =>
  file.getInstructions().filter((one) => one.getKeyword() === keyword)
/** What follows the keyword, flags included, in one line. */
const argumentsOf = (one: Instruction) =>
  one
    .getTextContent()
    .replace(/\\\n/g, ' ')
    .replace(/^\s*\S+\s+/, '')
const some = (file: Dockerfile, keyword: string, finds: (text: string, one: Instruction) => boolean) =>
  named(file, keyword).some((one) => finds(argumentsOf(one), one))

/** The instructions of each stage, from its FROM on. */
function stages(file: Dockerfile): Instruction[][] {
  const all: Instruction[][] = []
  for (const one of file.getInstructions())
    if (one.getKeyword() === 'FROM') all.push([one])
    else all.at(-1)?.push(one)
  return all
}

const rules: Readonly<Record<string, (file: Dockerfile) => boolean>> = {
  // language-docker: a duration is digits and one of s, m and h.
  parse: (file) =>
    some(file, 'HEALTHCHECK', (text) =>
      [...text.matchAll(/--(interval|timeout|start-period|start-interval)=(\S+)/g)].some(
        ([, , duration]) => !/^\d+[smh]$/.test(duration!),
      ),
    ),
  // Absolute WORKDIR.
  DL3000: (file) => some(file, 'WORKDIR', (text) => !/^["']?[/$]/.test(text)),
  // The last USER is root.
  DL3002: (file) =>
    stages(file).some((stage) => {
      const user = stage
        .filter((one) => one.getKeyword() === 'USER')
        .at(-1)
        ?.getArgumentsContent()
      return user !== undefined && /^(root|0)(:|$)/.test(user ?? '')
    }),
  // WORKDIR instead of cd.
  DL3003: (file) => some(file, 'RUN', (text) => /(^|&&|;|\()\s*cd\s/.test(text)),
  // No sudo.
  DL3004: (file) => some(file, 'RUN', (text) => /(^|&&|;|\|)\s*sudo\s/.test(text)),
  // A tag, and not `latest`.
  DL3006: (file) =>
    file.getFROMs().some((from) => {
      const image = from.getImage() ?? ''
      const isStage = file.getFROMs().some((one) => one.getBuildStage() === image)
      return (
        !isStage &&
        image !== 'scratch' &&
        !image.startsWith('$') &&
        !/[:@]/.test(image.replace(/^[^/]*\//, ''))
      )
    }),
  DL3007: (file) => file.getFROMs().some((from) => from.getImageTag() === 'latest'),
  // apt-get: pinned, without recommendations, its lists removed, not upgraded.
  'DL3008, DL3009, DL3015': (file) => some(file, 'RUN', (text) => /apt(-get)? install/.test(text)),
  DL3010: (file) => some(file, 'COPY', (text) => /\.(tar|tgz)(\.\w+)?\s/.test(text)),
  // Ports up to 65535.
  DL3011: (file) =>
    some(file, 'EXPOSE', (text) => text.split(/\s+/).some((port) => Number.parseInt(port, 10) > 65_535)),
  // One HEALTHCHECK, one CMD, one ENTRYPOINT in a stage.
  DL3012: (file) => stages(file).some((stage) => count(stage, 'HEALTHCHECK') > 1),
  DL4003: (file) => stages(file).some((stage) => count(stage, 'CMD') > 1),
  DL4004: (file) => stages(file).some((stage) => count(stage, 'ENTRYPOINT') > 1),
  // npm packages with a version.
  DL3016: (file) => some(file, 'RUN', (text) => /npm (i|install)\s+(?!-)[^\s@]+(\s|$)/.test(text)),
  DL3018: (file) => some(file, 'RUN', (text) => /apk add/.test(text)),
  // COPY instead of ADD.
  DL3020: (file) => some(file, 'ADD', (text) => !/https?:|\.(tar|tgz)/.test(text)),
  // COPY of several sources ends with /.
  DL3021: (file) =>
    some(file, 'COPY', (text) => {
      const paths = text.split(/\s+/).filter((word) => !word.startsWith('--'))
      return paths.length > 2 && !paths.at(-1)!.endsWith('/') && !text.startsWith('[')
    }),
  // COPY --from names a stage before it.
  DL3022: (file) =>
    some(file, 'COPY', (text, one) => {
      const from = /--from=(\S+)/.exec(text)?.[1]
      return (
        from !== undefined &&
        !/[:/]/.test(from) &&
        !file
          .getFROMs()
          .some(
            (stage) =>
              stage.getBuildStage() === from && stage.getRange().start.line < one.getRange().start.line,
          )
      )
    }),
  // Stage names are unique.
  DL3024: (file) => {
    const names = file.getFROMs().flatMap((from) => from.getBuildStage() ?? [])
    return new Set(names).size < names.length
  },
  // CMD and ENTRYPOINT as JSON.
  DL3025: (file) =>
    ['CMD', 'ENTRYPOINT'].some((keyword) => some(file, keyword, (text) => !isJsonArray(text))),
  // --platform uses only the build's variables.
  DL3029: (file) => some(file, 'FROM', (text) => /--platform=(?!\$\{?(BUILD|TARGET)PLATFORM)/.test(text)),
  DL3042: (file) => some(file, 'RUN', (text) => /pip install/.test(text)),
  // ENV does not use a variable that the same ENV sets.
  DL3044: (file) =>
    some(file, 'ENV', (text) => {
      const names = [...text.matchAll(/(?:^|\s)(\w+)=/g)].map(([, name]) => name!)
      return names.some((name) => new RegExp(`\\$\\{?${name}\\b`).test(text))
    }),
  // A relative destination needs a WORKDIR.
  DL3045: (file) =>
    stages(file).some((stage) => {
      let workdir = inherits(file, stage[0]!)
      return stage.some((one) => {
        if (one.getKeyword() === 'WORKDIR') workdir = true
        const target = (one.getArgumentsContent() ?? '').split(/\s+/).at(-1)!
        return one.getKeyword() === 'COPY' && !workdir && !/^[/$["]/.test(target)
      })
    }),
  // Label keys, and the values that opencontainers defines.
  DL3048: (file) =>
    some(file, 'LABEL', (text) =>
      [...text.matchAll(/(?:^|\s)([^\s="]+)=/g)].some(
        ([, key]) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(key!),
      ),
    ),
  // Consecutive RUN instructions that could be one.
  DL3059: (file) =>
    stages(file).some((stage) =>
      stage.some((one, index) => one.getKeyword() === 'RUN' && stage[index + 1]?.getKeyword() === 'RUN'),
    ),
  DL4000: (file) => named(file, 'MAINTAINER').length > 0,
  // wget and curl both.
  DL4001: (file) =>
    some(file, 'RUN', (text) => /\bcurl\b/.test(text)) && some(file, 'RUN', (text) => /\bwget\b/.test(text)),
  // A pipe under a shell without pipefail.
  DL4006: (file) =>
    some(file, 'RUN', (text) => /[^|]\|[^|]/.test(text.replace(/'[^']*'|"(?:\\.|[^"\\])*"/g, ''))),
}

const count = (stage: readonly Instruction[], keyword: string) =>
  stage.filter((one) => one.getKeyword() === keyword).length

/** Whether a stage is based on another of the file, whose WORKDIR it inherits. */
const inherits = (file: Dockerfile, from: Instruction) =>
  file.getFROMs().some((one) => one.getBuildStage() !== null && one.getBuildStage() === nameOf(from))
const nameOf = (from: Instruction) =>
  (from.getArgumentsContent() ?? '').split(/\s+/).find((word) => !word.startsWith('--'))

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

for (const name of files) {
  const text = readFileSync(join(root, name), 'utf8')

  test(`${name} passes hadolint`, () => assert.deepEqual(findings(text), []))

  // hadolint includes shellcheck.
  test(`shellcheck finds nothing in what ${name} runs`, { skip: needs('shellcheck') }, () => {
    for (const run of named(DockerfileParser.parse(text), 'RUN')) {
      const script = argumentsOf(run).replace(/^(--\S+\s+)+/, '')
      const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '-'], {
        input: script,
        encoding: 'utf8',
      })
      assert.equal(status, 0, stdout)
    }
  })
}

suite('These rules find', () => {
  const from = 'FROM node:26@sha256:0 AS build\n'
  const cases: Readonly<Record<string, string>> = {
    parse: `${from}HEALTHCHECK --interval=30s --start-interval=500ms CMD ["true"]`,
    DL3000: `${from}WORKDIR app`,
    DL3002: `${from}USER root`,
    DL3003: `${from}RUN cd /app && make`,
    DL3006: 'FROM node',
    DL3007: 'FROM node:latest',
    DL3016: `${from}RUN npm install left-pad`,
    DL3020: `${from}ADD src /app/`,
    DL3021: `${from}COPY a b /app`,
    DL3022: `${from}COPY --from=other /a /b`,
    DL3024: `${from}${from}`,
    DL3025: `${from}CMD node main.js`,
    DL3029: 'FROM --platform=linux/amd64 node:26',
    DL3044: `${from}ENV A=1 B=\${A}`,
    DL3045: `${from}COPY a b`,
    DL3059: `${from}RUN a\nRUN b`,
    DL4000: `${from}MAINTAINER me`,
    DL4003: `${from}CMD ["a"]\nCMD ["b"]`,
    DL4006: `${from}RUN a | b`,
  }
  for (const [rule, text] of Object.entries(cases)) test(rule, () => assert.deepEqual(findings(text), [rule]))
})
