/**
 * `node scripts/run.cjs NAME ARGUMENTS…` runs scripts/NAME.ts; the scripts of package.json begin with it. A Node.js too
 * old for TypeScript can still parse this file, which uses only old syntax and says what is missing.
 */
const needed = require('../package.json').devEngines.runtime.version.replace('>=', '')
const [name] = process.argv.splice(2, 1)

if (isOlder(process.versions.node, needed))
  fail(
    `This needs Node.js ${needed} or newer, and this is ${process.versions.node}. ` +
      'Run `npm ci --ignore-scripts=false`, which brings one for this project alone, or install one from https://nodejs.org.',
  )
else if (!isInstalled()) fail('Nothing is installed yet. Run `npm ci` first.')
else {
  process.argv[1] = require.resolve(`./${name}.ts`)
  void import(`./${name}.ts`)
}

function isOlder(version, than) {
  const [major, minor] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = than.split('.').map(Number)
  return major < leastMajor || (major === leastMajor && minor < leastMinor)
}

function isInstalled() {
  try {
    return Boolean(require.resolve('esbuild/package.json'))
  } catch (_) {
    return false
  }
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
