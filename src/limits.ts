/** Every limit of the service, in one place. Times in milliseconds, sizes in bytes unless the name says otherwise. */
export const limits = {
  /** Code points of a title after trimming. */
  titleLength: 200,
  /** Code points of the notes. */
  notesLength: 10_000,
  /** Of the rule by which a task repeats: its characters, and the largest numbers in it. */
  repeatLength: 200,
  repeatInterval: 999,
  repeatCount: 9_999,
  /** Code points of a search: a whole title. */
  searchLength: 200,
  /** Tasks in a page of a list: the largest `limit`, and what a list without one has in memory at once. */
  pageSize: 1_000,
  /** Characters of titles and notes after which a page ends: an answer takes no longer, and needs no more memory, at once. */
  pageChars: 256 * 1024,
  /** Rows that are read at once, and those of which only the versions are. */
  readAtOnce: 128,
  versionsAtOnce: 5_000,
  /** Tasks that a long answer sends between two turns of the event loop. */
  viewedAtOnce: 256,
  /** Tasks that are due which are sorted to find the first of them. */
  sortedAtOnce: 2_000,
  /** Ids whose tasks are counted at once, and how long a count is followed while nobody asks for it. */
  countedIds: 16_384,
  countedMs: 10 * 60 * 1_000,
  /** Tasks that one request names to change or delete them. */
  bulkTasks: 10_000,
  /** A request body. */
  bodyBytes: 64 * 1024,
  /** A request target: path and query. Below `headerBytes`, which counts the request line too. */
  targetBytes: 8 * 1024,
  /** The request line and all header fields together; beyond that 431. */
  headerBytes: 16 * 1024,
  /** Time for the header fields of a request to arrive. */
  headersTimeoutMs: 10_000,
  /** Time for a whole request, body included, to arrive. */
  requestTimeoutMs: 30_000,
  /** Idle time of a connection: longer than the 60 s of a proxy's pool, so that the proxy closes first. */
  keepAliveTimeoutMs: 75_000,
  /** Bytes a second that a long body must come at, on average after the first `requestTimeoutMs`, and the longest it may take. */
  leastRate: 8 * 1024,
  bodyMs: 30 * 60 * 1_000,
  /** How long a client may take to read an answer that is not endless. */
  answerMs: 10 * 60 * 1_000,
  /** How often the two timeouts for requests are looked at. */
  timeoutCheckMs: 2_000,
  /** How long a connection may stand still while it has a request: longer than any handler takes. */
  stalledMs: 120_000,
  /** Open connections, or nine tenths of the files that the process may open; one more is closed at once. */
  connections: 20_000,
  /** The part of them that one address may have. */
  connectionsOfOne: 0.6,
  /** What is read and thrown away of a body nobody asked for, before its connection is cut. */
  drainBytes: 1024 * 1024,
  /**
   * While stopping: time in which new connections are still accepted, and after that the time in which a request that was
   * on its way over an idle one is still answered.
   */
  idleLingerMs: 250,
  /** Clients of whom something is remembered, for each purpose; beyond that those who were quiet for longest are forgotten. */
  clients: 20_000,
  /** How long nothing more is tried where all of them must be remembered. */
  clientsFullMs: 1_000,
  /** Wrong tokens without having to wait, the longest wait after many, and how long after that they are forgotten. */
  freeAttempts: 5,
  attemptDelayMs: 15 * 60 * 1_000,
  attemptMemoryMs: 60 * 60 * 1_000,
  /** How long a person stays signed in. */
  sessionMs: 30 * 24 * 60 * 60 * 1_000,
  /** Lifetime of a calendar address that is not revoked. */
  calendarMs: 10 * 365 * 24 * 60 * 60 * 1_000,
  /** Sessions of one holder that ended before their time and are kept; beyond that all of theirs until then end. */
  endedSessions: 1_000,
  /** How long a count of all tasks, or of bytes, is taken for good where somebody else may write as well. */
  recountMs: 1_000,
  /** Tasks that may be written to PostgreSQL between two counts of its bytes, so that a quota is not overshot by more. */
  recountWrites: 64,
  /** From which part of a quota on the operator is warned. */
  nearlyFull: 0.9,
  /** Writes waiting for their commit; one more is answered with 503. */
  queuedWrites: 10_000,
  /** How long the first of them may have waited; beyond that one more is answered with 503 at once. */
  queuedMs: 2_000,
  /** How long a commit may take before its writes get a 503 that says that they may have been done. */
  commitMs: 15_000,
  /** The same where one of them is for many tasks at once. */
  bulkCommitMs: 5 * 60 * 1_000,
  /** Writes in one transaction. */
  groupWrites: 1_000,
  /** How long a group waits for as many as the last one had. */
  gatherMs: 2,
  /** How long a deleted task can be restored. */
  restorableMs: 30 * 24 * 60 * 60 * 1_000,
  /** How long the answer to a write that bears a key is kept, and how many characters a key has at most. */
  keyMs: 24 * 60 * 60 * 1_000,
  keyLength: 255,
  /** How often a transaction also throws away what has expired, and how much of it. */
  tidyEveryMs: 10 * 60 * 1_000,
  tidiedAtOnce: 1_000,
  /** What one write adds to the index of terms: at most so many tasks, and no more after so many characters. */
  indexedAtOnce: 500,
  indexedChars: 64 * 1024,
  /** How many ids a search covers between two turns of the event loop, divided by its terms, and at least; how many searches wait. */
  searchedAtOnce: 4_096,
  leastSearched: 256,
  searches: 64,
  /** Time SQLite waits for a lock that another program holds. */
  busyTimeoutMs: 5_000,
  /** Connections of one replica to PostgreSQL, beside the one that listens. */
  postgresConnections: 10,
  /** Time for a connection to it, for a statement there, and for an answer to arrive here. */
  postgresConnectMs: 5_000,
  postgresStatementMs: 10_000,
  postgresAnswerMs: 12_000,
  /** Time for a step of its schema. */
  postgresMigrationMs: 10 * 60 * 1_000,
  /** How long a transaction there may wait for us before PostgreSQL ends it: it holds up all other writes. */
  postgresIdleMs: 5_000,
  /** How often the commits of other replicas are polled when no notification came, and the time for its answer. */
  postgresWatchMs: 1_000,
  postgresTailMs: 2_000,
  /** Rows that `taskapp copy` reads, compares and writes at once. */
  copiedAtOnce: 2_000,
  /** Ids that a statement there changes at most. */
  changedAtOnce: 10_000,
  /** Statements that each connection keeps prepared. */
  postgresStatements: 100,
  /** Rows of a transaction's changes that PostgreSQL keeps for replicas that lag and clients that come back. */
  postgresCommits: 1_000,
  /** Replies kept ready for repeated reads: how many, and in characters of their bodies. */
  cachedReplies: 4_096,
  cachedReplyChars: 4 * 1024 * 1024,
  /** How long a ready reply serves at most, so that a change by another program shows. */
  cachedReplyMs: 1_000,
  /** Streams of events at a time; one more is answered with 503. No client has more than half of these, of exports and of imports. */
  eventStreams: 1_000,
  /** How long one lasts; then its client, if it still may, opens another. */
  eventStreamMs: 60 * 60 * 1_000,
  /** Writes whose changes are kept for clients that come back; more, and they are told to read anew. */
  eventLogWrites: 1_000,
  /** What may wait for a client that reads its events slowly, before it is cut off. */
  eventBacklogBytes: 256 * 1024,
  /** How often a comment tells that a stream is alive: proxies end what is silent. */
  eventCommentMs: 15_000,
  /** What a client is told to wait before it opens its stream anew. */
  eventRetryMs: 1_000,
  /** Exports and lists that are longer than a page at a time. */
  views: 8,
  /** Imports at a time, what one may hold, and what of it one task may take. */
  imports: 4,
  importBytes: 1024 * 1024 * 1024,
  importedTaskChars: 256 * 1024,
  /** What an import writes at once. */
  stagedAtOnce: 500,
  stagedChars: 256 * 1024,
  /** How long what was left of a broken import is kept: longer than any takes. */
  stagedMs: 24 * 60 * 60 * 1_000,
  /** How often the delay of the event loop is measured, and for how long after /metrics was asked. */
  delayEveryMs: 20,
  delayWatchMs: 5 * 60 * 1_000,
  /** Time that log lines wait for others to be written with. */
  logDelayMs: 50,
  /** Log lines waiting for a slow reader of standard output; more are dropped and counted. */
  logBacklogBytes: 1024 * 1024,
  /** What a client is told to wait after a 503. */
  retryAfterSeconds: 2,
  /** What a process that takes over a journal waits: longer than a share may show an old listing and old content. */
  takeOverWaitMs: 1_000,
  takeOverPollMs: 50,
  /** How often the folder of the journal is looked at while nobody writes. */
  journalWatchMs: 1_000,
  /** How long a look at it may take before /readyz warns. */
  shareSilenceMs: 5_000,
  /** Time for a folder of the settings to answer at the start. */
  folderMs: 10_000,
  /** A database that takes a start noticeably long to check. */
  slowToOpenBytes: 64 * 1024 * 1024,
  /** How often what takes long tells how far it is, in a log. */
  progressMs: 5_000,
  /** The same on a terminal. */
  progressDrawMs: 200,
  /** How long an interrupted command waits for its thread, which a system call may hold up. */
  interruptMs: 1_000,
  /** How often the process that writes gives a sign of life. */
  journalBeatMs: 3_000,
  /** How long a newer process may give no sign of life before the one that it replaced takes over again. */
  takeOverPatienceMs: 10_000,
  /** A snapshot is made when so much of the journal was written since the last one, or when it is so old. */
  snapshotEveryBytes: 16 * 1024 * 1024,
  snapshotEveryMs: 60 * 60 * 1_000,
  /** How long after a backup that failed the next is tried. */
  backupRetryMs: 10 * 60 * 1_000,
  /** A backup that was begun and not written to for so long is none that another program is making. */
  abandonedBackupMs: 60 * 60 * 1_000,
} as const
