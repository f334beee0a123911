import assert from 'node:assert/strict'
import { win32 } from 'node:path'
import { suite, test } from 'node:test'
import { ConfigError, readConfig } from '../src/config.ts'
import { sqliteFile } from '../src/storage/sqlite/url.ts'

suite('The settings', () => {
  test('have defaults that work on a developer’s machine', () => {
    const { inContainer, ...config } = readConfig({})
    assert.equal(typeof inContainer, 'boolean')
    assert.deepEqual(config, {
      host: '127.0.0.1',
      port: 8_000,
      database: { file: 'data/tasks.db' },
      quota: { count: 2_000_000, bytes: 2_147_483_648 },
      backups: undefined,
      webRoot: undefined,
      corsOrigins: [],
      tokens: [],
      sessionKey: undefined,
      allowedHosts: undefined,
      proxies: undefined,
      rateLimit: undefined,
      logLevel: 'info',
      metricsPort: undefined,
      shutdownSeconds: 20,
      warnings: [],
    })
  })

  test('count as unset when they are empty', () => {
    const empty = {
      HOST: '',
      PORT: '',
      DATABASE_URL: '',
      WEB_ROOT: '',
      CORS_ORIGINS: '',
      LOG_LEVEL: '',
      BACKUP_DIR: '',
    }
    assert.deepEqual(readConfig({ ...empty, AUTH_TOKEN_SHA256: '', DURABLE_DIR: '' }), readConfig({}))
  })

  test('cannot be changed once they are read', () => {
    assert.ok(Object.isFrozen(readConfig({})))
  })

  for (const [url, file, resolved] of [
    ['sqlite:///data/tasks.db', 'data/tasks.db', 'D:\\app\\data\\tasks.db'],
    ['sqlite:///data\\tasks.db', 'data\\tasks.db', 'D:\\app\\data\\tasks.db'],
    ['sqlite:///C:/my tasks#1/tasks.db', 'C:/my tasks#1/tasks.db', 'C:\\my tasks#1\\tasks.db'],
    ['sqlite:///c:\\tasks.db', 'c:\\tasks.db', 'c:\\tasks.db'],
    ['sqlite:////C:/tasks.db', 'C:/tasks.db', 'C:\\tasks.db'],
    ['sqlite:////tasks.db', '/tasks.db', 'D:\\tasks.db'],
    ['sqlite:///\\\\server\\share\\tasks.db', '\\\\server\\share\\tasks.db', '\\\\server\\share\\tasks.db'],
    ['sqlite:///C:\\folder\\', undefined, undefined],
  ] as const)
    test(`take ${url} for ${file ?? 'no file'} on Windows`, () => {
      assert.equal(sqliteFile(url, 'win32'), file)
      if (file !== undefined) assert.equal(win32.resolve('D:\\app', file), resolved)
    })

  const good: readonly (readonly [name: string, value: string, key: string, parsed: unknown])[] = [
    ['HOST', '0.0.0.0', 'host', '0.0.0.0'],
    ['HOST', '::', 'host', '::'],
    ['PORT', '0', 'port', 0],
    ['PORT', '65535', 'port', 65_535],
    ['DATABASE_URL', 'sqlite:///data/my.db', 'database', { file: 'data/my.db' }],
    ['DATABASE_URL', 'sqlite:////var/lib/tasks.db', 'database', { file: '/var/lib/tasks.db' }],
    ['DATABASE_URL', 'sqlite:///:memory:', 'database', { file: ':memory:' }],
    ['WEB_ROOT', 'src', 'webRoot', 'src'],
    ['CORS_ORIGINS', 'https://a.example', 'corsOrigins', ['https://a.example']],
    [
      'CORS_ORIGINS',
      ' https://a.example, http://b.example:8080 ',
      'corsOrigins',
      ['https://a.example', 'http://b.example:8080'],
    ],
    ['LOG_LEVEL', 'silent', 'logLevel', 'silent'],
    ['METRICS_PORT', '9000', 'metricsPort', 9_000],
    ['ALLOWED_HOSTS', 'Tasks.example., .home.example', 'allowedHosts', ['tasks.example', '.home.example']],
    ['TRUSTED_PROXIES', '2', 'proxies', 2],
    ['TRUSTED_PROXIES', '0', 'proxies', undefined],
    ['RATE_LIMIT', '600', 'rateLimit', 600],
    ['MAX_TASKS', '500', 'quota', { count: 500, bytes: 2_147_483_648 }],
    ['MAX_DATABASE_MB', '1', 'quota', { count: 2_000_000, bytes: 1_048_576 }],
    ['SESSION_KEY', 'k'.repeat(32), 'sessionKey', 'k'.repeat(32)],
    [
      'AUTH_TOKEN_SHA256',
      `phone:${'ab'.repeat(32)} ${'CD'.repeat(32)}`,
      'tokens',
      [
        { name: 'phone', hash: Buffer.from('ab'.repeat(32), 'hex'), rights: 'all' },
        { name: 'default', hash: Buffer.from('cd'.repeat(32), 'hex'), rights: 'all' },
      ],
    ],
    ['SHUTDOWN_SECONDS', '3600', 'shutdownSeconds', 3_600],
    ['BACKUP_DIR', 'src', 'backups', { folder: 'src', everyHours: 24, keep: 7 }],
  ]
  for (const [name, value, key, parsed] of good) {
    test(`take ${name}=${value}`, () => {
      assert.deepEqual({ ...readConfig({ [name]: value }) }[key], parsed)
    })
  }

  const bad: readonly (readonly [name: string, ...values: string[]])[] = [
    ['HOST', 'a b', 'http://a', ' '],
    ['PORT', '-1', '65536', '80.5', '8e3', '0x50', 'http', ' 80'],
    [
      'DATABASE_URL',
      'tasks.db',
      'sqlite://tasks.db',
      'sqlite:///',
      'sqlite:////data/',
      'sqlite:///a.db?mode=ro',
      'mysql://a/b',
    ],
    ['WEB_ROOT', 'missing', 'package.json'],
    [
      'CORS_ORIGINS',
      '*',
      'null',
      'example.org',
      'https://a.example/',
      'https://a.example,x',
      'HTTPS://A.example',
    ],
    ['LOG_LEVEL', 'INFO', 'verbose', 'constructor'],
    ['SHUTDOWN_SECONDS', '0', '3601', '1.5'],
    ['AUTH_TOKEN_SHA256', 'abc'],
    ['MAX_TASKS', '0', '1e6', '100000001'],
    ['MAX_DATABASE_MB', '0', '0.5', '2 GB'],
    ['ALLOWED_HOSTS', 'tasks.example:8443', 'https://tasks.example', 'a..b', '*.example', '.'],
    [
      'TRUSTED_PROXIES',
      '17',
      '-1',
      '1 10.0.0.1',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '10.0.0.0/8/8',
      '10.0.0.0/',
      'nginx',
      '::/0',
      '[::1]',
    ],
    ['DURABLE_DIR', 'missing', 'package.json'],
    ['DURABLE_RETENTION_DAYS', '0', '3651', 'x'],
    ['BACKUP_DIR', 'missing', 'package.json'],
    ['BACKUP_EVERY_HOURS', '0', '501', '0.5'],
    ['BACKUP_KEEP', '0', '1001', 'all'],
  ]
  for (const [name, ...values] of bad) {
    for (const value of values) {
      test(`refuse ${name}=${value} by name`, () => {
        assert.throws(
          () => readConfig({ [name]: value }),
          (error) => error instanceof ConfigError && error.message.startsWith(`Cannot use ${name}`),
        )
      })
    }
  }

  test('refuse a journal whose copy would be in memory, and backups of what is only there', () => {
    assert.throws(() => readConfig({ DURABLE_DIR: '.', DATABASE_URL: 'sqlite:///:memory:' }), /needs a file/)
    assert.throws(() => readConfig({ BACKUP_DIR: '.', DATABASE_URL: 'sqlite:///:memory:' }), /in memory/)
  })

  test('do not show a password, whatever it is made of', () => {
    for (const secret of ['topsecret', 'top/secret', 'top@secret', 'top:secret', 'top?secret#'])
      assert.throws(
        () => readConfig({ DATABASE_URL: `mysql://me:${secret}@db.example/tasks` }),
        ({ message }) => message.includes('db.example') && !/top|secret/.test(message),
        secret,
      )
  })

  const typos: readonly (readonly [name: string, meant: string])[] = [
    ['BACKUP_DIRS', 'BACKUP_DIR'],
    ['BAKUP_DIR', 'BACKUP_DIR'],
    ['BACKUP_DRI', 'BACKUP_DIR'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['log_level', 'LOG_LEVEL'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['PROT', 'PORT'],
    ['TASKAPP_PORT', 'PORT'],
    ['TASKAPP_DURABLE_DIRS', 'DURABLE_DIR'],
  ]
  for (const [name, meant] of typos)
    test(`warn that ${name} is not a setting, and name the one that is meant`, () => {
      assert.deepEqual(readConfig({ [name]: '1' }).warnings, [
        `The environment variable ${name} is not a setting; did you mean ${meant}?`,
      ])
    })

  test('warn of no variable of other programs, nor where the setting itself is set', () => {
    const others = {
      PATH: '/bin',
      HOME: '/',
      HOSTNAME: 'a',
      PORTS: '1',
      SORT: '1',
      POST: '1',
      TASKAPP_HOME: '/',
    }
    const kubernetes = { TASKAPP_PORT: 'tcp://10.0.0.1:80', TASKAPP_SERVICE_HOST: '10.0.0.1' }
    const beside = { DATABASE_URI: 'x', DATABASE_URL: 'sqlite:///:memory:', LOGLEVEL: '' }
    assert.deepEqual(readConfig({ ...others, ...kubernetes, ...beside }).warnings, [])
    assert.deepEqual(readConfig(process.env).warnings, [])
  })

  test('tell a container by what its platform sets', () => {
    for (const name of ['KUBERNETES_SERVICE_HOST', 'CONTAINER_APP_NAME'])
      assert.equal(readConfig({ [name]: 'x' }).inContainer, true)
  })
})
