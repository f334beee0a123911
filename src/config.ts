import { existsSync, readFileSync, statSync } from 'node:fs'
import { type Proxies, parseProxies } from './access/client.ts'
import { type Hosts, parseHosts } from './access/hosts.ts'
import { parseTokens, type Token } from './access/tokens.ts'
import { type Level, levels } from './log.ts'
import type { Size } from './resources/store.ts'
import type { BackupSettings } from './storage/backups.ts'
import type { Database } from './storage/database.ts'
import { isPostgresUrl, parsePostgresUrl, tlsModes } from './storage/postgres/url.ts'
import { sqliteFile } from './storage/sqlite/url.ts'

/** The settings of the process. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly database: Database
  readonly quota: Size
  /** Undefined if no folder is set for them. */
  readonly backups: BackupSettings | undefined
  /** The folder of the built page; without it there is only the API. */
  readonly webRoot: string | undefined
  readonly corsOrigins: readonly string[]
  /** Who has access; if empty, everybody has. */
  readonly tokens: readonly Token[]
  /** Signs sessions; if undefined, a random key that lasts as long as the process. */
  readonly sessionKey: string | undefined
  /** Host names to answer to, beside those of this machine; if undefined, any name once tokens are set. */
  readonly allowedHosts: Hosts | undefined
  /** Proxies whose X-Forwarded-For is trusted. */
  readonly proxies: Proxies | undefined
  /** Requests per minute from each client; undefined for no limit. */
  readonly rateLimit: number | undefined
  readonly logLevel: Level
  /** Serves /metrics by itself; without it, /metrics is part of the API. */
  readonly metricsPort: number | undefined
  readonly shutdownSeconds: number
  /** Whether the process runs in a container, whose own disk is lost with it. */
  readonly inContainer: boolean
  /** Warns of variables that look like misspelled settings. */
  readonly warnings: readonly string[]
}

/** Lists every invalid setting, one per line. */
export class ConfigError extends Error {}

/** Reads the settings from the environment. An empty variable counts as unset. Throws `ConfigError`. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = []
  const names = new Set(['DATABASE_URL', 'DATABASE_URL_FILE'])

  const durableDir = setting('DURABLE_DIR', '', parseFolder)
  const retentionDays = setting('DURABLE_RETENTION_DAYS', '7', integer(1, 3_650))
  const database = env['DATABASE_URL_FILE']
    ? setting('DATABASE_URL_FILE', '', parseUrlFile)
    : setting('DATABASE_URL', 'sqlite:///data/tasks.db', parseDatabaseUrl)
  if (env['DATABASE_URL_FILE'] && env['DATABASE_URL'])
    faults.push('Cannot use DATABASE_URL and DATABASE_URL_FILE together: unset one')
  if (durableDir !== undefined && database?.file === ':memory:')
    faults.push('Cannot use DURABLE_DIR with a DATABASE_URL in memory: its copy needs a file')

  const backupDir = setting('BACKUP_DIR', '', parseFolder)
  // The longest delay of a Node.js timer is 596 hours.
  const everyHours = setting('BACKUP_EVERY_HOURS', '24', integer(1, 500))
  const keep = setting('BACKUP_KEEP', '7', integer(1, 1_000))
  if (backupDir !== undefined && database?.file === ':memory:')
    faults.push('Cannot use BACKUP_DIR with a DATABASE_URL in memory: no other thread can read it')

  for (const name of ['DURABLE_DIR', 'BACKUP_DIR'])
    if (database?.postgres !== undefined && env[name])
      faults.push(
        `Cannot use ${name} with PostgreSQL: it is for SQLite; back up with pg_dump or the provider's means`,
      )

  const config: Omit<Config, 'warnings'> = {
    host: setting('HOST', '127.0.0.1', parseHost),
    port: setting('PORT', '8000', integer(0, 65_535)),
    database: { ...database, ...(durableDir && { durable: { folder: durableDir, retentionDays } }) },
    quota: {
      count: setting('MAX_TASKS', '2000000', integer(1, 100_000_000)),
      bytes: setting('MAX_DATABASE_MB', '2048', integer(1, 1_000_000)) * 1024 * 1024,
    },
    backups: backupDir === undefined ? undefined : { folder: backupDir, everyHours, keep },
    webRoot: setting('WEB_ROOT', '', parseFolder),
    corsOrigins: setting('CORS_ORIGINS', '', parseOrigins),
    tokens: setting('AUTH_TOKEN_SHA256', '', secret(parseTokens)),
    sessionKey: setting('SESSION_KEY', '', secret(parseKey)),
    allowedHosts: setting('ALLOWED_HOSTS', '', optional(parseHosts)),
    proxies: setting('TRUSTED_PROXIES', '', parseProxies),
    rateLimit: setting('RATE_LIMIT', '', optional(integer(1, 1_000_000))),
    logLevel: setting('LOG_LEVEL', 'info', parseLevel),
    metricsPort: setting('METRICS_PORT', '', optional(integer(0, 65_535))),
    shutdownSeconds: setting('SHUTDOWN_SECONDS', '20', integer(1, 3_600)),
    inContainer:
      existsSync('/.dockerenv') ||
      existsSync('/run/.containerenv') ||
      env['KUBERNETES_SERVICE_HOST'] !== undefined ||
      env['CONTAINER_APP_NAME'] !== undefined,
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'))
  return Object.freeze({ ...config, warnings: misspelled(env, [...names]) })

  /** `parse` returns the value, or throws what was expected instead. */
  function setting<T>(name: string, otherwise: string, parse: (value: string) => T): T {
    const value = env[name] || otherwise
    names.add(name)
    try {
      return parse(value)
    } catch (error) {
      const given = error instanceof SecretError ? '' : ` "${redact(value)}"`
      faults.push(`Cannot use ${name}${given}: expected ${(error as Error).message}`)
      return undefined as T
    }
  }
}

/**
 * Names variables that are one letter away from a setting, or a setting with the prefix TASKAPP_. Only if the setting itself
 * is not set: another program may use a similar name.
 */
function misspelled(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly string[],
): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    // Kubernetes sets TASKAPP_PORT=tcp://… for a service named taskapp.
    if (!value || settings.includes(name) || value.startsWith('tcp://')) return []
    const bare = name.toUpperCase().replace(/^TASKAPP_/, '')
    const meant = settings.find((setting) => (setting === bare || isTypo(bare, setting)) && !env[setting])
    return meant ? [`The environment variable ${name} is not a setting; did you mean ${meant}?`] : []
  })
}

/** Whether one letter was replaced, dropped, added or swapped with the next; in short names, only swapped. */
function isTypo(name: string, setting: string): boolean {
  // Most need no closer look: 2 of the 57 ms of a start.
  if (Math.abs(name.length - setting.length) > 1) return false
  let at = 0
  while (at < name.length && name[at] === setting[at]) at++
  const [a, b] = [name.slice(at), setting.slice(at)]
  if (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2)) return true
  return setting.length > 4 && (a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1))
}

/** The value without a password in a URL; in an invalid URL the password may itself contain `@` and `/`. */
function redact(value: string): string {
  const from = value.indexOf('://')
  const to = value.lastIndexOf('@')
  return from === -1 || to < from ? value : `${value.slice(0, from)}://…${value.slice(to)}`
}

/** The expectation for a value that must not be printed. */
class SecretError extends Error {}

function secret<T>(parse: (value: string) => T): (value: string) => T {
  return (value) => {
    try {
      return parse(value)
    } catch (error) {
      throw new SecretError((error as Error).message)
    }
  }
}

function parseKey(value: string): string | undefined {
  if (value === '') return undefined
  if (value.length < 32) throw new Error('at least 32 characters of chance')
  return value
}

function integer(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN
    if (!(number >= least && number <= most)) throw new Error(`an integer from ${least} to ${most}`)
    return number
  }
}

function optional<T>(parse: (value: string) => T): (value: string) => T | undefined {
  return (value) => (value === '' ? undefined : parse(value))
}

function parseHost(value: string): string {
  if (/[\s/]/.test(value)) throw new Error('a host name or address')
  return value
}

/** SQLAlchemy's forms: three slashes and a relative path, four and an absolute one, or `:memory:`. */
function parseDatabaseUrl(value: string): Database {
  if (isPostgresUrl(value)) return parsePostgres(value)
  const file = sqliteFile(value)
  if (file === undefined)
    throw new Error(
      'sqlite:///relative/path, sqlite:////absolute/path, sqlite:///:memory: or postgres://user@host/name',
    )
  return { file }
}

/** A secret is safer in a file than in the environment, which others can list. */
function parseUrlFile(file: string): Database {
  let url: string
  try {
    url = readFileSync(file, 'utf8').trim()
  } catch {
    throw new Error('a file that can be read, with a DATABASE_URL in it')
  }
  const database = parseDatabaseUrl(url)
  return database.postgres ? { ...database, postgres: { url, file } } : database
}

function parsePostgres(value: string): Database {
  const url = parsePostgresUrl(value)
  if (!url)
    throw new Error(
      `postgres://user:password@host:port/name, or postgres://user@/name?host=/folder/of/the/socket, with ?sslmode= one of ${tlsModes.join(', ')}; in a password write % / # ? @ as %25 %2F %23 %3F %40`,
    )
  for (const name of url.parameters)
    for (const known of ['sslmode', 'sslrootcert', 'host'])
      if (isTypo(name, known) && !url.parameters.includes(known))
        throw new Error(`?${known}= in place of ?${name}=, which is not a parameter`)
  return { file: '', postgres: { url: value } }
}

function parseFolder(value: string): string | undefined {
  if (value === '') return undefined
  if (!statSync(value, { throwIfNoEntry: false })?.isDirectory()) throw new Error('a folder that exists')
  return value
}

function parseOrigins(value: string): string[] {
  const origins = value.split(/[\s,]+/).filter((origin) => origin !== '')
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new Error('origins such as https://example.org, separated by commas')
  return origins
}

function parseLevel(value: string): Level {
  const level = levels.find((name) => name === value)
  if (level === undefined) throw new Error(`one of ${levels.join(', ')}`)
  return level
}
