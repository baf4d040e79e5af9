// What the ledger remembers of checks, and whose turn it is.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct CheckTests {
    private let scratch: Scratch
    private let ledger: Ledger
    private let reader: LedgerReader

    init() throws {
        scratch = try Scratch()
        ledger = try Ledger(scratch / "ledger.sqlite")
        try ledger.begin(library: "one")
        reader = try LedgerReader(scratch / "ledger.sqlite")
    }

    @discardableResult
    private func add(_ number: Int64, _ stage: Stage = .published) throws -> AssetID {
        var asset = fullAsset(makeID(number))
        asset.stage = stage
        asset.publishedAt = noon + Double(number)
        try ledger.put(asset)
        return asset.id
    }

    private func due(before moment: Timestamp = noon + 1e6, limit: Int = 10) throws -> [AssetID] {
        try reader.dueForCheck(after: nil, before: moment, limit: limit).map(\.asset.id)
    }

    private let broken = Damage(file: "media/x.mp4", what: .damaged, text: "It is not what it was.")
    private let gone = Damage(file: "media/y.jpg", what: .missing, text: "It is missing.")

    @Test func thoseWhoseLastCheckIsOldestComeFirst() throws {
        let ids = try [add(3), add(1, .deleted), add(2)]
        for (number, stage) in Stage.allCases.filter({ $0 != .published && $0 != .deleted }).enumerated() {
            try add(Int64(10 + number), stage)
        }
        #expect(try due() == [ids[1], ids[2], ids[0]])
        try ledger.noteCheck(of: ids[1], at: noon + 50, [], isNew: false)
        #expect(try due() == [ids[2], ids[0], ids[1]])
        #expect(try due(before: noon + 50) == [ids[2], ids[0]])
        let first = try reader.dueForCheck(after: nil, before: noon + 100, limit: 1)
        #expect(first.first?.since == noon + 2)
        #expect(first.first?.asset.renditions.count == 3)
        let rest = try reader.dueForCheck(after: first.first, before: noon + 100, limit: 10)
        #expect(rest.map(\.asset.id) == [ids[0], ids[1]])
        #expect(try reader.checkable().count == 3)
        #expect(try reader.checkable().bytes == 3 * (1000 + 1001 + 1002 + 10))
    }

    @Test func ofTheGoodChecksTheNewestIsKeptAndOfTheOthersEach() throws {
        let id = try add(1)
        try ledger.noteCheck(of: id, at: noon + 10, [], isNew: false)
        try ledger.noteCheck(of: id, at: noon + 20, [broken, gone], isNew: false)
        try ledger.noteCheck(of: id, at: noon + 30, [broken], isNew: false)
        // One that is heard of late changes nothing.
        try ledger.noteCheck(of: id, at: noon + 25, [], isNew: false)
        #expect(try reader.damage(of: id) == [broken])
        try ledger.noteCheck(of: id, at: noon + 40, [], isNew: false)
        try ledger.noteCheck(of: id, at: noon + 50, [], isNew: false)
        #expect(try reader.damage(of: id) == [])
        let events = try reader.events(of: id).filter { $0.what == .fixityCheck }
        #expect(events.map(\.at) == [noon + 20, noon + 20, noon + 30, noon + 50])
        #expect(events.map(\.detail).last == .some(nil))
        #expect(events.first?.detail == "media/x.mp4: It is not what it was.")
    }

    @Test func aClockThatWasAheadPutsOffNoCheck() throws {
        let ids = try [add(1), add(2)]
        try ledger.noteCheck(of: ids[0], at: noon + 1e9, [broken], isNew: true)
        #expect(try due(before: noon + 100) == [ids[1]])
        try ledger.forgetChecks(after: noon + 100)
        #expect(try due(before: noon + 100) == ids)
        // What is found now counts, whatever was said of then.
        try ledger.noteCheck(of: ids[0], at: noon + 1e9, [], isNew: true)
        try ledger.noteCheck(of: ids[0], at: noon + 50, [broken], isNew: true)
        #expect(try reader.damage(of: ids[0]) == [broken])
    }

    @Test func damageIsCountedAndTheFirstAreNamed() throws {
        let ids = try (1...4).map { try add($0) }
        for id in ids { try ledger.noteCheck(of: id, at: noon + 10, [broken], isNew: false) }
        try ledger.noteCheck(of: ids[3], at: noon + 20, [gone], isNew: false)
        let damaged = try reader.damaged(.damaged, naming: 2)
        #expect(damaged.count == 3)
        #expect(damaged.first.map(\.id) == [ids[0], ids[1]])
        #expect(damaged.first.first?.name == "IMG_1.MOV")
        #expect(try reader.damaged(.missing, naming: 2).first.map(\.id) == [ids[3]])
    }

    @Test func whatIsMadeAnewOrRemovedOnPurposeIsNotDamagedAnyMore() throws {
        let id = try add(1)
        var asset = try #require(try reader.asset(id))
        let original = Damage(file: asset.original!, what: .missing, text: "It is missing.")
        try ledger.noteCheck(of: id, at: noon + 10, [broken, original], isNew: false)
        asset.original = nil
        try ledger.put(asset)
        #expect(try reader.damage(of: id) == [broken])
        asset.stage = .taken
        try ledger.put(asset)
        #expect(try reader.damage(of: id) == [])
    }

    @Test func theEndOfAVerificationIsRemembered() throws {
        #expect(try reader.lastVerified() == nil)
        try ledger.noteVerification(at: noon)
        #expect(try reader.lastVerified() == noon)
    }

    @Test func whoseTurnItIsIsAskedOfAnIndex() throws {
        var plan: [String] = []
        try reader.connection.run(
            """
            EXPLAIN QUERY PLAN SELECT id FROM asset INDEXED BY asset_by_check WHERE stage IN ('published', 'deleted')
                AND (coalesce(checked_at, published_at, 0), id) > (5, 'x') AND coalesce(checked_at, published_at, 0) < 9
            ORDER BY coalesce(checked_at, published_at, 0), id LIMIT 64
            """
        ) { plan.append($0.text(3)) }
        #expect(plan.count == 1)
        #expect(plan.first?.contains("SEARCH asset USING") == true, "\(plan)")
    }
}
