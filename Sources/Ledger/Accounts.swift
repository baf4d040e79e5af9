// How much room what takes. Triggers keep the accounts (Schema.swift), so that nobody has to count a million rows.
package import Model

extension LedgerReader {
    package struct Accounts: Sendable {
        package var classes: [UsageReport.Class: UsageReport.Account] = [:]
        package var kinds: [Kind: UsageReport.Account] = [:]
        package var topLevel: [UsageReport.Collection] = []
        package var collections: [UsageReport.Collection] = []
        package var months: [UsageReport.Month] = []
    }

    package func accounts() throws(LedgerFailure) -> Accounts {
        var accounts = Accounts()
        // Each of the three dimensions holds every asset once.
        try connection.run(
            "SELECT class, sum(count), sum(bytes) FROM account WHERE dimension = 'kind' GROUP BY class"
        ) {
            row throws(LedgerFailure) in
            accounts.classes[try row.word(0)] = Self.account(row)
        }
        try eachOf("kind") { name, account in
            if let kind = Kind(rawValue: name) { accounts.kinds[kind] = account }
        }
        try eachOf("collection") { accounts.collections.append(UsageReport.Collection(collection: $0, $1)) }
        // What stands before the first slash.
        try eachOf("collection", as: "substr(name, 1, instr(name || '/', '/') - 1)") {
            accounts.topLevel.append(UsageReport.Collection(collection: $0, $1))
        }
        try eachOf("month") { accounts.months.append(UsageReport.Month(month: $0, $1)) }
        return accounts
    }

    /// Counted are published assets, and of all classes the bytes.
    private func eachOf(
        _ dimension: String, as name: String = "name", _ take: (String, UsageReport.Account) -> Void
    ) throws(LedgerFailure) {
        try connection.run(
            """
            SELECT \(name) AS called, sum(iif(class = 'published', count, 0)), sum(bytes) FROM account
            WHERE dimension = '\(dimension)' GROUP BY called HAVING sum(count) > 0 ORDER BY called
            """
        ) { row in take(row.text(0), Self.account(row)) }
    }

    private static func account(_ row: Row) -> UsageReport.Account {
        UsageReport.Account(count: Int(row.integer(1)), bytes: row.integer(2))
    }

    /// When the first file came.
    package func firstReceived() throws(LedgerFailure) -> Timestamp? {
        // Ids grow with time.
        try connection.first("SELECT received_at FROM asset ORDER BY id LIMIT 1") { $0.time(0) }
    }
}
