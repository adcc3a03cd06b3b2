namespace TaskQueue.Web.History;

/// <summary>The tables of <c>history.db</c>.</summary>
/// <remarks>Names that occur again and again (types, hosts, states, outcomes, kinds of events) are numbers of <c>words</c>.</remarks>
internal static class HistorySchema
{
    /// <summary>What <c>user_version</c> says.</summary>
    public const int Version = 1;

    /// <summary>Makes them.</summary>
    public const string Create = """
        CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE tasks (
            id INTEGER PRIMARY KEY,
            message_id TEXT NOT NULL,
            at INTEGER NOT NULL,            -- of the first event that came, milliseconds: its place in lists, which never changes
            type INTEGER,
            state INTEGER NOT NULL,
            outcome INTEGER,                -- of its last run
            host INTEGER,                   -- of its last run
            state_at INTEGER NOT NULL,      -- of the event that the state is of
            rank INTEGER NOT NULL,          -- and how far on in a run that is
            attempt INTEGER,                -- and which run; NULL before the first
            attempts INTEGER NOT NULL,      -- runs so far
            run_us INTEGER,
            error TEXT);
        CREATE UNIQUE INDEX tasks_by_message ON tasks (message_id);
        CREATE INDEX tasks_by_time ON tasks (at, id);
        CREATE INDEX tasks_by_type ON tasks (type, at, id);
        CREATE INDEX tasks_by_outcome ON tasks (outcome, at, id);
        CREATE INDEX tasks_by_type_and_outcome ON tasks (type, outcome, at, id);
        CREATE INDEX tasks_with_errors ON tasks (at, id) WHERE error IS NOT NULL;
        CREATE TABLE events (
            task INTEGER NOT NULL,
            at INTEGER NOT NULL,
            source INTEGER NOT NULL,
            number INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            details TEXT NOT NULL,
            PRIMARY KEY (task, at, source, number)) WITHOUT ROWID;
        CREATE TABLE sources (
            id INTEGER PRIMARY KEY,
            source TEXT NOT NULL UNIQUE,
            service TEXT NOT NULL,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            next INTEGER NOT NULL,          -- the number of the first event that has not been told yet
            sent INTEGER NOT NULL,          -- its latest message
            has_ended INTEGER NOT NULL);
        CREATE TABLE gaps (
            id INTEGER PRIMARY KEY,
            source INTEGER,
            reason TEXT NOT NULL,
            first INTEGER,                  -- numbers of events that may still come
            last INTEGER,
            count INTEGER,                  -- NULL where nobody knows
            since INTEGER NOT NULL,
            until INTEGER NOT NULL);
        CREATE INDEX gaps_by_source ON gaps (source, first);
        CREATE INDEX gaps_by_time ON gaps (until);
        CREATE TABLE shares (
            id INTEGER PRIMARY KEY,
            source INTEGER NOT NULL,
            share REAL NOT NULL,
            since INTEGER NOT NULL,
            until INTEGER NOT NULL);
        CREATE INDEX shares_by_time ON shares (until);
        CREATE TABLE counts (
            span INTEGER NOT NULL,          -- seconds: 60 or 3600
            start INTEGER NOT NULL,         -- seconds
            type INTEGER NOT NULL,
            what INTEGER NOT NULL,          -- a word for an outcome; less than 0 for the bucket of a time, see CountKeys
            n INTEGER NOT NULL,
            PRIMARY KEY (span, start, type, what)) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """;
}
