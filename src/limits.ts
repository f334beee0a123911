/** Every limit of the service, in one place. Times in milliseconds, sizes in bytes unless the name says otherwise. */
export const limits = {
  /** Code points in a title, after trimming. */
  titleLength: 200,
  /** Code points in the notes. */
  notesLength: 10_000,
  /** Characters in a recurrence rule, and the largest numbers in it. */
  repeatLength: 200,
  repeatInterval: 999,
  repeatCount: 9_999,
  /** Code points in the name of a list; and how many lists there may be. */
  listNameLength: 100,
  lists: 5_000,
  /** Code points in a search: as many as in a title. */
  searchLength: 200,
  /** Tasks in a page: the largest `limit`, and what a list without a limit keeps in memory at once. */
  pageSize: 1_000,
  /** Characters of titles and notes after which a page is cut, to bound the time and memory of one answer. */
  pageChars: 256 * 1024,
  /** Rows read at once; and rows of which only the versions are read. */
  readAtOnce: 128,
  versionsAtOnce: 5_000,
  /** Tasks that a long answer sends per turn of the event loop. */
  viewedAtOnce: 256,
  /** The most due tasks that are sorted to find the first of them; beyond that they are read in order. */
  sortedAtOnce: 2_000,
  /** Width of a range of ids that is counted at once; how long a count is kept up to date after its last use. */
  countedIds: 16_384,
  countedMs: 10 * 60 * 1_000,
  /** Tasks that one request may name to change or delete. */
  bulkTasks: 10_000,
  /** A request body. */
  bodyBytes: 64 * 1024,
  /** A request target: path and query. Below `headerBytes`, which counts the request line too. */
  targetBytes: 8 * 1024,
  /** The request line and all header fields together; more is answered with 431. */
  headerBytes: 16 * 1024,
  /** Time for the header fields of a request to arrive. */
  headersTimeoutMs: 10_000,
  /** Time for a whole request, body included, to arrive. */
  requestTimeoutMs: 30_000,
  /** Idle time of a connection: longer than the usual 60 s of a proxy's pool, so that the proxy closes first. */
  keepAliveTimeoutMs: 75_000,
  /** Minimum rate of a long body in bytes per second, averaged after the first `requestTimeoutMs`; and the longest it may take. */
  leastRate: 8 * 1024,
  bodyMs: 30 * 60 * 1_000,
  /** How long a client may take to read an answer other than an event stream. */
  answerMs: 10 * 60 * 1_000,
  /** How often the two request timeouts are checked. */
  timeoutCheckMs: 2_000,
  /** How long a connection may be silent during a request: longer than any handler takes. */
  stalledMs: 120_000,
  /** Open connections, or nine tenths of the process's file limit if that is less; more are closed at once. */
  connections: 20_000,
  /** The share of them that one address may have. */
  connectionsOfOne: 0.6,
  /** Bytes of an unwanted body that are read and discarded before the connection is cut. */
  drainBytes: 1024 * 1024,
  /**
   * While stopping: how long new connections are still accepted; then, for as long again, requests already on their way over
   * idle connections are answered.
   */
  idleLingerMs: 250,
  /** Clients remembered per purpose; beyond that the least recently active are forgotten. */
  clients: 20_000,
  /** How long new clients are refused when none of them may be forgotten. */
  clientsFullMs: 1_000,
  /** Wrong tokens before a client must wait; the longest wait; and how long they are remembered. */
  freeAttempts: 5,
  attemptDelayMs: 15 * 60 * 1_000,
  attemptMemoryMs: 60 * 60 * 1_000,
  /** How long a person stays signed in. */
  sessionMs: 30 * 24 * 60 * 60 * 1_000,
  /** Lifetime of a calendar address that is not revoked. */
  calendarMs: 10 * 365 * 24 * 60 * 60 * 1_000,
  /** Sessions of one holder that are remembered as ended early; beyond that all of the holder's sessions so far end. */
  endedSessions: 1_000,
  /** How long a count of tasks or bytes is trusted when another process may write too. */
  recountMs: 1_000,
  /** Tasks that may be written to PostgreSQL between two counts of its bytes, so that a quota is not overshot by more. */
  recountWrites: 64,
  /** What a write adds to the bytes of PostgreSQL at most: the longest notes with words, index, answer and commit. */
  writtenBytes: 1024 * 1024,
  /** Share of a quota from which the operator is warned. */
  nearlyFull: 0.9,
  /** Writes waiting for their commit; more are answered with 503. */
  queuedWrites: 10_000,
  /** How long the first of them may have waited; beyond that new ones are answered with 503 at once. */
  queuedMs: 2_000,
  /** How long a commit may take before its writes are answered with a 503 saying that they may have been applied. */
  commitMs: 15_000,
  /** The same if one of them changes many tasks. */
  bulkCommitMs: 5 * 60 * 1_000,
  /** Writes in one transaction. */
  groupWrites: 1_000,
  /** How long a group waits to become as large as the last one. */
  gatherMs: 2,
  /** How long a deleted task can be restored. */
  restorableMs: 30 * 24 * 60 * 60 * 1_000,
  /** How long the answer to a write with an Idempotency-Key is kept; characters in a key. */
  keyMs: 24 * 60 * 60 * 1_000,
  keyLength: 255,
  /** How often a transaction also purges what has expired, and how many rows of it. */
  tidyEveryMs: 10 * 60 * 1_000,
  tidiedAtOnce: 1_000,
  /** Tasks that one write adds to the search index; and characters after which it stops. */
  indexedAtOnce: 500,
  indexedChars: 64 * 1024,
  /** Ids that a search covers per turn of the event loop, divided by its terms; the least of that; searches that may wait. */
  searchedAtOnce: 4_096,
  leastSearched: 256,
  searches: 64,
  /** Time SQLite waits for a lock that another program holds. */
  busyTimeoutMs: 5_000,
  /** Connections of one replica to PostgreSQL, beside the one that listens. */
  postgresConnections: 10,
  /** Time to connect to it, for a statement to run, and for its answer to arrive. */
  postgresConnectMs: 5_000,
  postgresStatementMs: 10_000,
  postgresAnswerMs: 12_000,
  /** Time for a migration of its schema. */
  postgresMigrationMs: 10 * 60 * 1_000,
  /** How long a transaction may be idle before PostgreSQL ends it: it blocks all other writes. */
  postgresIdleMs: 5_000,
  /** How often commits of other replicas are polled without a notification; and the time for the answer. */
  postgresWatchMs: 1_000,
  postgresTailMs: 2_000,
  /** Rows that `taskapp copy` reads, compares and writes at once. */
  copiedAtOnce: 2_000,
  /** Ids that one statement changes in PostgreSQL. */
  changedAtOnce: 10_000,
  /** Prepared statements kept per connection. */
  postgresStatements: 100,
  /** Commits that PostgreSQL keeps for replicas that lag and clients that reconnect. */
  postgresCommits: 1_000,
  /** Cached replies: how many, and characters in their bodies. */
  cachedReplies: 4_096,
  cachedReplyChars: 4 * 1024 * 1024,
  /** How long a reply is cached, so that a change by another program shows. */
  cachedReplyMs: 1_000,
  /** Event streams at a time; more are answered with 503. No client gets more than half of these, of the exports or of the imports. */
  eventStreams: 1_000,
  /** How long a stream lasts; then its client reconnects, if it still has access. */
  eventStreamMs: 60 * 60 * 1_000,
  /** Writes whose changes are kept for clients that reconnect; those who missed more are told to reload. */
  eventLogWrites: 1_000,
  /** Bytes of events buffered for a slow client before it is disconnected. */
  eventBacklogBytes: 256 * 1024,
  /** How often a comment keeps a stream alive: proxies close silent connections. */
  eventCommentMs: 15_000,
  /** How long a client is told to wait before it reconnects. */
  eventRetryMs: 1_000,
  /** Exports and lists longer than a page, at a time. */
  views: 8,
  /** Imports at a time; bytes in one; and bytes for one of its tasks. */
  imports: 4,
  importBytes: 1024 * 1024 * 1024,
  importedTaskChars: 256 * 1024,
  /** Tasks, and characters, that an import stages per write. */
  stagedAtOnce: 500,
  stagedChars: 256 * 1024,
  /** How long the rest of an aborted import is kept: longer than any import takes. */
  stagedMs: 24 * 60 * 60 * 1_000,
  /** Resolution of the event loop's delay, and how long it is measured after a scrape of /metrics. */
  delayEveryMs: 20,
  delayWatchMs: 5 * 60 * 1_000,
  /** How long log lines are buffered to be written together. */
  logDelayMs: 50,
  /** Log lines buffered for a slow reader of standard output; more are dropped and counted. */
  logBacklogBytes: 1024 * 1024,
  /** Retry-After of a 503. */
  retryAfterSeconds: 2,
  /** How long a process waits before it takes over a journal: longer than a share may serve stale listings and content. */
  takeOverWaitMs: 1_000,
  takeOverPollMs: 50,
  /** How often the journal's folder is checked while nobody writes. */
  journalWatchMs: 1_000,
  /** How long that check may take before /readyz warns. */
  shareSilenceMs: 5_000,
  /** How long a configured folder may take to answer at the start. */
  folderMs: 10_000,
  /** Size of a database from which the check at the start is noticeable, and logged. */
  slowToOpenBytes: 64 * 1024 * 1024,
  /** How often long work reports its progress in a log. */
  progressMs: 5_000,
  /** The same on a terminal. */
  progressDrawMs: 200,
  /** How long an interrupted command waits for its thread, which a system call may hold up. */
  interruptMs: 1_000,
  /** Heartbeat of the process that writes. */
  journalBeatMs: 3_000,
  /** How long a newer process may miss heartbeats before the one it replaced takes over again. */
  takeOverPatienceMs: 10_000,
  /** A snapshot is taken once so much journal was written since the last one, or once that is so old. */
  snapshotEveryBytes: 16 * 1024 * 1024,
  snapshotEveryMs: 60 * 60 * 1_000,
  /** How long after a failed backup the next is tried. */
  backupRetryMs: 10 * 60 * 1_000,
  /** An unfinished backup that nobody has written to for so long is abandoned. */
  abandonedBackupMs: 60 * 60 * 1_000,
} as const
