// A copy of the ledger as it is at one moment, in one file that needs nothing beside it.
package import Model

package enum LedgerCopy {
    /// Copies a ledger, also one of an older flipd, while others write to it; and reads the copy through. What stands at
    /// `copy` after a failure is worth nothing.
    package static func make(of ledger: Path, at copy: Path) throws(LedgerFailure) {
        do {
            let target = try Connection(copy, .alone)
            try target.fill(from: try Connection(ledger, .reading))
            // It says of itself what the ledger does, that a second file belongs to it.
            try target.execute("PRAGMA journal_mode = DELETE")
        }
        // Opened anew: what was written is read, and not what is remembered.
        try Connection(copy, .alone).checkIntegrity()
    }

    /// Whether a ledger was written by an older flipd, so that opening it will change its tables.
    package static func isOlder(_ ledger: Path) throws(LedgerFailure) -> Bool {
        try Schema.isOlder(try Connection(ledger, .reading))
    }

    /// The id of the library that a ledger belongs to, also one of an older flipd.
    package static func library(of ledger: Path) throws(LedgerFailure) -> String? {
        try Connection(ledger, .reading).first("SELECT id FROM library") { $0.text(0) }
    }
}
