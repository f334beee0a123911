import { openHistogram } from '../http/histogram.ts'
import { text } from '../http/message.ts'
import type { Route } from '../http/router.ts'
import type { Traffic } from '../http/traffic.ts'
import type { Store } from '../resources/store.ts'
import { build } from '../version.ts'
import { watchDelay } from './delay.ts'
import { histogramMetric, metric, type Sample, summaryMetric } from './exposition.ts'
import type { Feed } from './feed.ts'

export interface Sources {
  readonly store: Store
  readonly feeds: readonly Pick<Feed, 'size'>[]
  readonly traffic: Traffic
  readonly connections: () => number
}

const mediaType = 'text/plain; version=0.0.4; charset=utf-8'
const sizeBounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]
const commitBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Metrics for Prometheus, gathered at each scrape; in between only counters are updated. */
export function metricsRoutes({ store, feeds, traffic, connections }: Sources): readonly Route[] {
  const delay = watchDelay()
  const sizes = openHistogram(sizeBounds)
  const times = openHistogram(commitBounds)
  let failures = 0
  store.onCommit(({ writes, ms, failed }) => {
    if (failed) failures++
    if (ms === undefined) return
    sizes.observe(writes)
    times.observe(ms / 1_000)
  })
  return [['GET', '/metrics', async () => text(mediaType, await exposition())]]

  async function exposition(): Promise<string> {
    const loop = await delay()
    return [
      gauge('taskapp_build_info', 'What runs; always 1.', 1, { ...build, node: process.version }),
      ...requests(),
      gauge('taskapp_http_connections', 'Open connections.', connections()),
      gauge(
        'taskapp_event_streams',
        'Clients that listen to events.',
        feeds.reduce((sum, { size }) => sum + size, 0),
      ),
      histogramMetric('taskapp_commit_duration_seconds', 'From the start of a commit to its sync.', [
        [{}, times],
      ]),
      histogramMetric('taskapp_commit_writes', 'Writes in a commit.', [[{}, sizes]]),
      counter(
        'taskapp_commit_failures_total',
        'Commits of which nobody knows whether they happened.',
        failures,
      ),
      ...storage(),
      summaryMetric(
        'taskapp_event_loop_delay_seconds',
        'How late the event loop was since the last scrape.',
        loop.quantiles,
        loop,
      ),
      ...ofProcess(),
    ].join('')
  }

  function requests(): string[] {
    const series = traffic.series()
    return [
      metric(
        'counter',
        'taskapp_http_requests_total',
        'Answers by route, method and status.',
        series.flatMap(({ route, method, statuses }) =>
          Array.from(statuses, ([status, count]): Sample => [{ route, method, status }, count]),
        ),
      ),
      histogramMetric(
        'taskapp_http_request_duration_seconds',
        'From the head of a request to the end of its answer.',
        series.map(({ route, method, latency }) => [{ route, method }, latency]),
      ),
      metric(
        'counter',
        'taskapp_http_malformed_total',
        'What was no proper request, by the status it got.',
        Array.from(traffic.refusals(), ([status, count]): Sample => [{ status }, count]),
      ),
    ]
  }

  function storage(): string[] {
    const { queuedWrites, bytes, journal, size, quota } = store.figures()
    const figures = [gauge('taskapp_write_queue_length', 'Writes that wait for their commit.', queuedWrites)]
    if (size)
      figures.push(
        gauge('taskapp_tasks', 'Tasks in the list.', size.count),
        gauge('taskapp_tasks_max', 'How many there may be (MAX_TASKS).', quota.count),
        gauge('taskapp_kept_bytes', 'What all that is kept takes.', size.bytes),
        gauge('taskapp_kept_bytes_max', 'What it may take (MAX_DATABASE_MB).', quota.bytes),
      )
    if (bytes)
      figures.push(
        gauge('taskapp_database_bytes', 'Size of the database.', bytes.database),
        gauge('taskapp_database_log_bytes', 'Size of its write-ahead log.', bytes.log),
      )
    if (journal)
      figures.push(
        metric(
          'gauge',
          'taskapp_journal_role',
          'Which part this process has: 1 for that one.',
          ['starting', 'writer', 'replaced'].map((role) => [{ role }, Number(role === journal.role)]),
        ),
        gauge(
          'taskapp_journal_since_snapshot_bytes',
          'What a start would replay.',
          journal.bytesSinceSnapshot,
        ),
        counter(
          'taskapp_journal_warnings_total',
          'How often the folder did not take something.',
          journal.warnings,
        ),
      )
    return figures
  }
}

function ofProcess(): string[] {
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return [
    gauge('process_resident_memory_bytes', 'Memory that the process has.', rss),
    gauge(
      'process_start_time_seconds',
      'When it began, in seconds since 1970.',
      performance.timeOrigin / 1_000,
    ),
    counter('process_cpu_seconds_total', 'Time of processors that it took.', (user + system) / 1e6),
    gauge('nodejs_heap_size_used_bytes', 'What JavaScript objects take.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'What buffers take.', external),
  ]
}

function gauge(name: string, help: string, value: number, labels = {}): string {
  return metric('gauge', name, help, [[labels, value]])
}

function counter(name: string, help: string, value: number): string {
  return metric('counter', name, help, [[{}, value]])
}
