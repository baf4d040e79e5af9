// What SQLite said, and of which statement.
internal import CSQLite

package struct LedgerFailure: Error, CustomStringConvertible {
    package let code: Int32
    package let message: String
    package let sql: String

    init(_ database: OpaquePointer?, _ code: Int32, _ sql: String) {
        self.code = code
        message = String(cString: database.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
        self.sql = sql
    }

    init(damaged message: String) {
        code = SQLITE_CORRUPT
        self.message = message
        sql = ""
    }

    init(_ message: String) {
        code = SQLITE_ERROR
        self.message = message
        sql = ""
    }

    package var description: String { "The ledger cannot be used: \(message)" }

    /// Whether the disk is full.
    package var isDiskFull: Bool { code & 0xFF == SQLITE_FULL }
    /// Whether the file itself is damaged, or no ledger at all.
    package var isDamaged: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xFF) }
}
