// The ledger's tables. Migrations are applied oldest first and never edited once released.
internal import CSQLite

enum Schema {
    static func migrate(_ connection: Connection) throws(LedgerFailure) {
        let version = try connection.first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
        guard version <= migrations.count else {
            throw LedgerFailure(
                "it was written by a newer flipd (schema \(version), this one knows \(migrations.count)); install that version"
            )
        }
        for (index, migration) in migrations.enumerated().dropFirst(version) {
            try connection.transaction { () throws(LedgerFailure) in
                try connection.execute(migration)
                try connection.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// Whether a ledger was written by an older flipd. A new one, which has no tables yet, was not.
    static func isOlder(_ connection: Connection) throws(LedgerFailure) -> Bool {
        let version = try connection.first("PRAGMA user_version") { Int($0.integer(0)) } ?? 0
        return version > 0 && version < migrations.count
    }

    private static let migrations = [first, pairs, keeping, fixity, accounts, finding, pace, companions]

    /// The files that photos' edits are in, as they were when they were dropped: as JSON, for nobody asks for a part of it.
    private static let companions = """
        CREATE TABLE companion (
            asset TEXT PRIMARY KEY REFERENCES asset (id),
            source TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// The last videos, among however many photos: what they cost tells of the next.
    private static let pace = """
        CREATE INDEX asset_with_length ON asset (id) WHERE stage = 'published' AND seconds IS NOT NULL;
        """

    /// Files by their name, and by where they were handed back to.
    private static let finding = """
        CREATE INDEX asset_by_name ON asset (source_name_text);
        CREATE INDEX asset_in_problems ON asset (handed_back_to) WHERE stage = 'handed-back';
        """

    /// What the archive keeps, for how long, and what people said of it. The indexes give what is due next.
    private static let keeping = """
        ALTER TABLE asset ADD COLUMN deleted_at INTEGER;
        ALTER TABLE asset ADD COLUMN caption TEXT;
        ALTER TABLE asset ADD COLUMN corrected_collection TEXT;
        DROP INDEX asset_alone_by_name;
        CREATE INDEX asset_alone_by_name ON asset (kind, collection_text, source_name_text)
            WHERE stage = 'published' AND pair IS NULL;
        CREATE INDEX asset_in_trash ON asset (deleted_at) WHERE stage = 'deleted';
        CREATE INDEX asset_with_original ON asset (published_at) WHERE stage = 'published' AND original IS NOT NULL;
        """

    /// The two halves of a Live Photo name each other. The indexes hold those that may still find their other half.
    private static let pairs = """
        ALTER TABLE asset ADD COLUMN pair TEXT;
        CREATE INDEX asset_alone_by_content ON asset (content_identifier)
            WHERE stage = 'published' AND pair IS NULL AND content_identifier IS NOT NULL;
        CREATE INDEX asset_alone_by_name ON asset (collection_text, source_name_text)
            WHERE stage = 'published' AND pair IS NULL;
        """

    /// What takes how much room: of each asset its published files, in `published` or in `trash`, and its original; by kind,
    /// by collection and by month. Kept, not counted.
    private static let accounts = """
        CREATE TABLE account (
            dimension TEXT NOT NULL,
            name TEXT NOT NULL,
            class TEXT NOT NULL,
            count INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (dimension, name, class)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO account SELECT dimension, name, class, sum(count), sum(bytes)
            FROM (\(entries(of: "asset", sign: "+", from: "asset, "))) GROUP BY 1, 2, 3;
        CREATE TRIGGER account_opened AFTER INSERT ON asset BEGIN
            INSERT INTO account \(entries(of: "new", sign: "+"))
            ON CONFLICT DO UPDATE SET count = count + excluded.count, bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER account_changed AFTER UPDATE OF stage, kind, published_bytes, original, source_bytes,
            collection_text, published_at, received_at ON asset
        BEGIN
            INSERT INTO account \(entries(of: "old", sign: "-")) UNION ALL \(entries(of: "new", sign: "+"))
            ON CONFLICT DO UPDATE SET count = count + excluded.count, bytes = bytes + excluded.bytes;
        END;
        """

    /// What one row adds to the accounts, or takes from them.
    private static func entries(of row: String, sign: String, from table: String = "") -> String {
        """
        SELECT dimensions.column1 AS dimension, CASE dimensions.column1 WHEN 'kind' THEN ifnull(\(row).kind, '')
                WHEN 'collection' THEN \(row).collection_text
                ELSE strftime('%Y-%m', coalesce(\(row).published_at, \(row).received_at) / 1000, 'unixepoch') END AS name,
            classes.column1 AS class, \(sign)1 AS count,
            \(sign)iif(classes.column1 = 'originals', \(row).source_bytes, \(row).published_bytes) AS bytes
        FROM \(table)(VALUES ('kind'), ('collection'), ('month')) AS dimensions,
            (VALUES ('published'), ('trash'), ('originals')) AS classes
        WHERE CASE classes.column1 WHEN 'published' THEN \(row).stage = 'published'
            WHEN 'trash' THEN \(row).stage = 'deleted' ELSE \(row).original IS NOT NULL END
        """
    }

    /// When every file of an asset was last read and found as it should be, or not; and what is damaged now. A check is due
    /// by the age of the last one; being published was the first.
    private static let fixity = """
        ALTER TABLE asset ADD COLUMN checked_at INTEGER;
        CREATE INDEX asset_by_check ON asset (coalesce(checked_at, published_at, 0))
            WHERE stage IN ('published', 'deleted');
        CREATE TABLE damage (
            asset TEXT NOT NULL REFERENCES asset (id),
            file TEXT NOT NULL,
            what TEXT NOT NULL,
            text TEXT NOT NULL,
            found_at INTEGER NOT NULL,
            PRIMARY KEY (asset, file)
        ) STRICT, WITHOUT ROWID;
        -- What is made anew or gone for good is not damaged any more, nor is an original that was removed.
        CREATE TRIGGER asset_left AFTER UPDATE OF stage ON asset WHEN new.stage NOT IN ('published', 'deleted') BEGIN
            DELETE FROM damage WHERE asset = new.id;
        END;
        CREATE TRIGGER original_left AFTER UPDATE OF original ON asset WHEN new.original IS NULL BEGIN
            DELETE FROM damage WHERE asset = new.id AND file = old.original;
        END;
        ALTER TABLE library ADD COLUMN verified_at INTEGER;
        """

    /// Times are milliseconds since 1970, names are bytes, and `..._text` is how people read them, for searching.
    /// `remarks` and `made_with` hold one to a line.
    private static let first = """
        CREATE TABLE asset (
            id TEXT PRIMARY KEY,
            stage TEXT NOT NULL,
            kind TEXT,
            source_path BLOB NOT NULL,
            source_name_text TEXT NOT NULL,
            collection_text TEXT NOT NULL,
            ref_text TEXT,
            source_device INTEGER NOT NULL,
            source_inode INTEGER NOT NULL,
            source_bytes INTEGER NOT NULL,
            source_modified_ns INTEGER NOT NULL,
            source_uid INTEGER NOT NULL,
            source_gid INTEGER NOT NULL,
            source_mode INTEGER NOT NULL,
            source_owner TEXT,
            source_left INTEGER NOT NULL DEFAULT 0,
            sha256 TEXT,
            received_at INTEGER NOT NULL,
            published_at INTEGER,
            seconds REAL,
            width INTEGER,
            height INTEGER,
            captured_at INTEGER,
            captured_at_offset TEXT,
            captured_at_source TEXT,
            content_identifier TEXT,
            device TEXT,
            remarks TEXT,
            made_with TEXT,
            published_bytes INTEGER NOT NULL DEFAULT 0,
            original TEXT,
            problem TEXT,
            problem_detail TEXT,
            retry_at INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            duplicate_of TEXT,
            handed_back_to BLOB,
            ended_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX asset_by_stage ON asset (stage, id);
        CREATE INDEX asset_by_sha256 ON asset (sha256) WHERE sha256 IS NOT NULL;
        CREATE INDEX asset_by_end ON asset (ended_at, stage) WHERE ended_at IS NOT NULL;
        CREATE INDEX asset_with_source_left ON asset (id) WHERE source_left = 1;

        CREATE TABLE rendition (
            asset TEXT NOT NULL REFERENCES asset (id),
            place INTEGER NOT NULL,
            role TEXT NOT NULL,
            file TEXT NOT NULL,
            mime TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            PRIMARY KEY (asset, place)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE event (
            asset TEXT NOT NULL REFERENCES asset (id),
            place INTEGER NOT NULL,
            at INTEGER NOT NULL,
            what TEXT NOT NULL,
            seconds REAL,
            detail TEXT,
            PRIMARY KEY (asset, place)
        ) STRICT, WITHOUT ROWID;

        -- What the status shows is kept, not counted.
        CREATE TABLE total (
            stage TEXT NOT NULL,
            kind TEXT NOT NULL,
            count INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            seconds REAL NOT NULL,
            original_bytes INTEGER NOT NULL,
            PRIMARY KEY (stage, kind)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER asset_counted AFTER INSERT ON asset BEGIN
            INSERT INTO total VALUES (new.stage, ifnull(new.kind, ''), 1, new.published_bytes, ifnull(new.seconds, 0),
                iif(new.original IS NULL, 0, new.source_bytes))
            ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes,
                seconds = seconds + excluded.seconds, original_bytes = original_bytes + excluded.original_bytes;
        END;
        CREATE TRIGGER asset_moved AFTER UPDATE OF stage, kind, published_bytes, seconds, original ON asset BEGIN
            UPDATE total SET count = count - 1, bytes = bytes - old.published_bytes,
                seconds = seconds - ifnull(old.seconds, 0),
                original_bytes = original_bytes - iif(old.original IS NULL, 0, old.source_bytes)
            WHERE stage = old.stage AND kind = ifnull(old.kind, '');
            INSERT INTO total VALUES (new.stage, ifnull(new.kind, ''), 1, new.published_bytes, ifnull(new.seconds, 0),
                iif(new.original IS NULL, 0, new.source_bytes))
            ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes,
                seconds = seconds + excluded.seconds, original_bytes = original_bytes + excluded.original_bytes;
        END;

        -- One row: which library this is the ledger of, and how far into its record it has read.
        CREATE TABLE library (
            id TEXT NOT NULL,
            record_day TEXT NOT NULL,
            record_offset INTEGER NOT NULL
        ) STRICT;
        """
}
