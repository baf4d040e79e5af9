// What takes how much room, with figures worked out by hand.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct AccountTests {
    private let scratch: Scratch
    private let ledger: Ledger
    private let reader: LedgerReader

    init() throws {
        scratch = try Scratch()
        ledger = try Ledger(scratch / "ledger.sqlite")
        reader = try LedgerReader(scratch / "ledger.sqlite")
    }

    /// A published file of 3003 bytes (1000, 1001, 1002), and its original.
    private func asset(
        _ number: Int64, _ path: String, _ kind: Kind, original_bytes: Int64, at moment: Timestamp
    ) -> Asset {
        var asset = fullAsset(makeID(number))
        asset.correctedCollection = nil
        asset.source = makeSource(Path(path), bytes: original_bytes)
        asset.media = Media(kind: kind, duration: nil, width: 1, height: 1)
        asset.publishedAt = moment
        return asset
    }

    private func text() throws -> String {
        let accounts = try reader.accounts()
        func line(_ name: String, _ count: Int, _ bytes: Int64) -> String { "\(name) \(count) \(bytes)" }
        let classes = UsageReport.Class.allCases.compactMap { one in
            accounts.classes[one].map { line(one.rawValue, $0.count, $0.bytes) }
        }
        let kinds = Kind.allCases.compactMap { one in
            accounts.kinds[one].map { line(one.rawValue, $0.count, $0.bytes) }
        }
        return [
            classes, kinds, accounts.topLevel.map { line("[\($0.collection)]", $0.count, $0.bytes) },
            accounts.collections.map { line($0.collection, $0.count, $0.bytes) },
            accounts.months.map { line($0.month, $0.count, $0.bytes) },
        ].map { $0.joined(separator: ", ") }.joined(separator: "\n")
    }

    private let october = Timestamp("2026-10-31T23:59:59.999Z")!
    private let november = Timestamp("2026-11-01T00:00:00.000Z")!

    @Test func everyAccountIsKept() throws {
        try ledger.put(asset(1, "Loom/1905/a.mov", .video, original_bytes: 100, at: october))
        try ledger.put(asset(2, "Loom/b.jpg", .photo, original_bytes: 20, at: november))
        var third = asset(3, "c.mov", .video, original_bytes: 7, at: november)
        third.original = nil
        try ledger.put(third)
        #expect(
            try text() == """
                published 3 9009, originals 2 120
                video 2 6106, photo 1 3023
                [] 1 3003, [Loom] 2 6126
                 1 3003, Loom 1 3023, Loom/1905 1 3103
                2026-10 1 3103, 2026-11 2 6026
                """)
    }

    @Test func accountsFollowEveryChange() throws {
        var one = asset(1, "Loom/a.mov", .video, original_bytes: 100, at: november)
        try ledger.put(one)
        // Twice the same changes nothing.
        try ledger.put(one)
        try ledger.noteCheck(of: one.id, at: november + 1, [], isNew: false)
        one.stage = .deleted
        try ledger.put(one)
        #expect(
            try text()
                == """
                originals 1 100, trash 1 3003
                video 0 3103
                [Loom] 0 3103
                Loom 0 3103
                2026-11 0 3103
                """.replacing("originals", with: "published 0 0, originals"))
        one.original = nil
        one.stage = .published
        one.renditions.removeLast()
        try ledger.put(one)
        #expect(try reader.accounts().classes[.published] == UsageReport.Account(count: 1, bytes: 2001))
        #expect(try reader.accounts().classes[.originals] == UsageReport.Account(count: 0, bytes: 0))
        // On its way again it has only its original.
        (one.stage, one.original, one.renditions, one.publishedAt) = (.taken, "originals/x.mov", [], nil)
        try ledger.put(one)
        let accounts = try reader.accounts()
        #expect(accounts.classes[.originals] == UsageReport.Account(count: 1, bytes: 100))
        #expect(
            accounts.months == [UsageReport.Month(month: "2026-11", UsageReport.Account(count: 0, bytes: 100))])
    }

    @Test func whatWasThereBeforeTheAccountsIsCountedOnce() throws {
        try ledger.put(asset(1, "Loom/1905/a.mov", .video, original_bytes: 100, at: october))
        try ledger.put(asset(2, "Loom/b.jpg", .photo, original_bytes: 20, at: november))
        let before = try text()
        try ledger.connection.execute(
            """
            DROP INDEX asset_by_name; DROP INDEX asset_in_problems; DROP INDEX asset_with_length; DROP TABLE companion;
            DROP TRIGGER account_opened; DROP TRIGGER account_changed; DROP TABLE account; PRAGMA user_version = 4
            """)
        let again = try Ledger(scratch / "ledger.sqlite")
        #expect(try text() == before)
        try again.put(asset(3, "x.mov", .video, original_bytes: 1, at: november))
        #expect(try reader.accounts().classes[.published]?.count == 3)
    }
}
