// One open database and its prepared statements. Confined to the thread, or the actor, that owns it.
internal import CSQLite
package import Model

package final class Connection {
    private let database: OpaquePointer
    private var prepared: [String: Statement] = [:]

    package enum Access {
        case writing, reading
        /// A ledger that nobody relies on before it is complete: no commit waits for the disk.
        case making
        /// A snapshot that is being made or checked: nobody else has it open, and its maker syncs it as a whole.
        case alone
    }

    package init(_ path: Path, _ access: Access) throws(LedgerFailure) {
        var opened: OpaquePointer?
        let flags =
            switch access {
            case .writing, .making, .alone: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .reading: SQLITE_OPEN_READWRITE  // A reader of a WAL database takes part in its shared memory.
            }
        let code = sqlite3_open_v2(path.text, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let failure = LedgerFailure(opened, code, "open \(path.text)")
            sqlite3_close_v2(opened)
            throw failure
        }
        database = opened
        sqlite3_busy_timeout(database, 5000)
        if access == .alone {
            try execute("PRAGMA synchronous = OFF")
            return
        }
        try execute("PRAGMA journal_mode = WAL")
        // FULL, because NORMAL lost hundreds of acknowledged rows when the power was cut.
        try execute("PRAGMA synchronous = \(access == .making ? "OFF" : "FULL")")
        try execute("PRAGMA foreign_keys = ON")
        // A quarter of SQLite's default: lists are short and counters are kept. Making a ledger anew touches all of it.
        try execute("PRAGMA cache_size = \(access == .making ? -65536 : -512)")
        if access == .reading { try execute("PRAGMA query_only = ON") }
    }

    deinit {
        for statement in prepared.values { statement.finalize() }
        sqlite3_close_v2(database)
    }

    /// Runs statements that answer nothing of interest.
    func execute(_ sql: String) throws(LedgerFailure) {
        let code = sqlite3_exec(database, sql, nil, nil, nil)
        if code != SQLITE_OK { throw LedgerFailure(database, code, sql) }
    }

    /// Runs a statement, prepared once, and gives each row to `each`.
    func run(_ sql: String, _ values: [Value] = [], _ each: (Row) throws(LedgerFailure) -> Void = { _ in })
        throws(LedgerFailure)
    {
        let statement = try self.statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        while try statement.step() { try each(Row(statement)) }
    }

    /// The first row's answer.
    func first<Answer>(_ sql: String, _ values: [Value] = [], _ read: (Row) throws(LedgerFailure) -> Answer)
        throws(LedgerFailure) -> Answer?
    {
        let statement = try self.statement(sql)
        defer { statement.reset() }
        try statement.bind(values)
        return try statement.step() ? try read(Row(statement)) : nil
    }

    /// All or nothing; also as a part of a larger one.
    func transaction(_ body: () throws(LedgerFailure) -> Void) throws(LedgerFailure) {
        let isPart = sqlite3_get_autocommit(database) == 0
        try execute(isPart ? "SAVEPOINT part" : "BEGIN IMMEDIATE")
        do throws(LedgerFailure) {
            try body()
            try execute(isPart ? "RELEASE part" : "COMMIT")
        } catch {
            // After some errors SQLite has rolled back by itself, and says so here; the first error is the one to tell.
            try? execute(isPart ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK")
            throw error
        }
    }

    /// Becomes a copy of another database as it is at one moment. In one step: a reader keeps no writer of a WAL waiting,
    /// while a copy in parts would begin anew at every commit.
    func fill(from other: Connection) throws(LedgerFailure) {
        guard let backup = sqlite3_backup_init(database, "main", other.database, "main") else {
            throw LedgerFailure(database, sqlite3_errcode(database), "backup")
        }
        sqlite3_backup_step(backup, -1)
        let code = sqlite3_backup_finish(backup)
        if code != SQLITE_OK { throw LedgerFailure(database, code, "backup") }
    }

    /// Reads all of the file, and throws if any of it is damaged.
    func checkIntegrity() throws(LedgerFailure) {
        let verdict = try first("PRAGMA integrity_check(1)") { $0.text(0) }
        if verdict != "ok" { throw LedgerFailure(damaged: verdict ?? "it is empty") }
    }

    private func statement(_ sql: String) throws(LedgerFailure) -> Statement {
        if let known = prepared[sql] { return known }
        var made: OpaquePointer?
        let code = sqlite3_prepare_v3(database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard code == SQLITE_OK, let made else { throw LedgerFailure(database, code, sql) }
        let statement = Statement(made, database, sql)
        prepared[sql] = statement
        return statement
    }
}

/// What can stand in a column.
enum Value {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    init(_ value: Int?) { self = value.map { .integer(Int64($0)) } ?? .null }
    init(_ value: Int64?) { self = value.map { .integer($0) } ?? .null }
    init(_ value: Double?) { self = value.map { .real($0) } ?? .null }
    init(_ value: String?) { self = value.map { .text($0) } ?? .null }
    init(_ value: Path?) { self = value.map { .blob($0.bytes) } ?? .null }
    init(_ value: Timestamp?) { self = value.map { .integer($0.milliseconds) } ?? .null }
    init(_ value: AssetID?) { self = value.map { .text($0.description) } ?? .null }
    init(_ value: Digest?) { self = value.map { .text($0.description) } ?? .null }
    init(_ value: some RawRepresentable<String>) { self = .text(value.rawValue) }
}

/// A prepared statement, finalized by the connection that made it.
final class Statement {
    fileprivate let raw: OpaquePointer
    private let database: OpaquePointer
    private let sql: String

    fileprivate init(_ raw: OpaquePointer, _ database: OpaquePointer, _ sql: String) {
        self.raw = raw
        self.database = database
        self.sql = sql
    }

    fileprivate func bind(_ values: [Value]) throws(LedgerFailure) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(raw, place)
                case .integer(let value): sqlite3_bind_int64(raw, place, value)
                case .real(let value): sqlite3_bind_double(raw, place, value)
                case .text(let text): flip_sqlite_bind_text(raw, place, text, Int32(text.utf8.count))
                // A nil address would bind NULL, and an empty name is not the same as none.
                case .blob(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(raw, place, 0)
                case .blob(let bytes): flip_sqlite_bind_blob(raw, place, bytes, Int32(bytes.count))
                }
            if code != SQLITE_OK { throw LedgerFailure(database, code, sql) }
        }
    }

    /// True while there is a row.
    fileprivate func step() throws(LedgerFailure) -> Bool {
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw LedgerFailure(database, code, sql)
        }
    }

    fileprivate func reset() {
        sqlite3_reset(raw)
        sqlite3_clear_bindings(raw)
    }

    fileprivate func finalize() { sqlite3_finalize(raw) }
}

/// The row that a statement stands on. Columns are read in the order of the `SELECT`.
struct Row {
    private let statement: OpaquePointer

    fileprivate init(_ statement: Statement) { self.statement = statement.raw }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func optionalInteger(_ column: Int32) -> Int64? { isNull(column) ? nil : integer(column) }
    func optionalReal(_ column: Int32) -> Double? {
        isNull(column) ? nil : sqlite3_column_double(statement, column)
    }
    func text(_ column: Int32) -> String { optionalText(column) ?? "" }
    func optionalText(_ column: Int32) -> String? {
        sqlite3_column_text(statement, column).map { String(cString: $0) }
    }
    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let start = sqlite3_column_blob(statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
    func path(_ column: Int32) -> Path { Path(bytes: bytes(column)) }
    func optionalPath(_ column: Int32) -> Path? { isNull(column) ? nil : path(column) }
    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }
    func optionalTime(_ column: Int32) -> Timestamp? {
        optionalInteger(column).map(Timestamp.init(milliseconds:))
    }
    func optionalID(_ column: Int32) -> AssetID? { optionalText(column).flatMap { AssetID($0) } }

    func id(_ column: Int32) throws(LedgerFailure) -> AssetID {
        guard let id = AssetID(text(column)) else { throw LedgerFailure("\(text(column)) is no asset id") }
        return id
    }

    /// A word that must be one of ours: another means that a newer flipd has written here.
    func word<Word: RawRepresentable<String>>(_ column: Int32, _: Word.Type = Word.self) throws(LedgerFailure)
        -> Word
    {
        guard let word = Word(rawValue: text(column)) else {
            throw LedgerFailure("the word \"\(text(column))\" is not known to this version")
        }
        return word
    }
}
