// Rows in a real database: what is put comes back, field by field.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

func describe(_ asset: Asset?) throws -> String {
    guard let asset else { return "none" }
    let source = String(decoding: try JSON.encode(asset.source), as: UTF8.self)
    let report = String(decoding: try JSON.encode(AssetReport(of: asset)), as: UTF8.self)
    return "\(asset.stage) \(source) \(report) \(asset.handedBackTo?.base64 ?? "-")"
        + " \(asset.endedAt?.description ?? "-") \(asset.refusal?.detail ?? "-")"
}

@Suite struct AssetTests {
    private let scratch: Scratch
    private let ledger: Ledger
    private let reader: LedgerReader

    init() throws {
        scratch = try Scratch()
        ledger = try Ledger(scratch / "ledger.sqlite")
        reader = try LedgerReader(scratch / "ledger.sqlite")
    }

    @Test func everyFieldComesBack() throws {
        for asset in [fullAsset(makeID(1)), leanAsset(makeID(2))] {
            try ledger.put(asset)
            #expect(try describe(reader.asset(asset.id)) == describe(asset))
        }
        #expect(try reader.asset(makeID(3)) == nil)
    }

    @Test func aRowThatIsPutAgainIsReplaced() throws {
        let full = fullAsset(makeID(1))
        let lean = leanAsset(full.id)
        for asset in [full, lean, full] {
            try ledger.put(asset)
            #expect(try describe(reader.asset(asset.id)) == describe(asset))
        }
        #expect(try reader.assets(AssetQuery()).count == 1)
    }

    static let oddPaths: [[UInt8]] = [
        [0xFF, 0xFE], Array("a\nb/c\td".utf8), Array("'; DROP TABLE asset; --".utf8), [0x01, 0x7F, 0x80],
        [UInt8](repeating: 0xC3, count: 255), Array("ref=\u{1F3AC}/e\u{301}".utf8), [],
    ]

    @Test(arguments: oddPaths)
    func everyNameComesBack(_ bytes: [UInt8]) throws {
        var asset = fullAsset(makeID(1))
        asset.source = makeSource(Path(bytes: bytes))
        asset.handedBackTo = Path(bytes: Array("Problems/".utf8) + bytes)
        try ledger.put(asset)
        let found = try #require(try reader.asset(asset.id))
        #expect(found.source.path.bytes == bytes && found.handedBackTo == asset.handedBackTo)
    }

    @Test func extremeNumbersComeBack() throws {
        var asset = leanAsset()
        asset.source = Source(
            path: Path("a"), device: .max, inode: .max, bytes: .max, modified_ns: .min, uid: .max, gid: .max,
            mode: 0o7777, owner: nil)
        try ledger.put(asset)
        #expect(try reader.asset(asset.id)?.source == asset.source)
    }

    @Test func historyIsToldInItsOrder() throws {
        let asset = leanAsset()
        try ledger.put(asset)
        let words: [HistoryEvent.What] = [.ingestion, .digest, .preview, .accident, .transcode, .publication]
        for (place, what) in words.enumerated() {
            // Times may run backwards; the order of events may not.
            try ledger.add(
                HistoryEvent(
                    at: noon + -Double(place), what: what, seconds: place == 1 ? 0.5 : nil, detail: "\(place)"),
                to: asset.id)
        }
        let events = try reader.events(of: asset.id)
        #expect(events.map(\.what) == words)
        #expect(events.map(\.detail) == (0..<6).map { "\($0)" })
        #expect(events.map(\.seconds) == [nil, 0.5, nil, nil, nil, nil])
        #expect(events[2].at == noon + -2)
        #expect(throws: LedgerFailure.self) { try ledger.add(events[0], to: makeID(99)) }
    }

    @Test func aCommitIsAllOrNothing() throws {
        #expect(throws: LedgerFailure.self) {
            try ledger.commit { () throws(LedgerFailure) in
                try ledger.put(leanAsset(makeID(1)))
                try ledger.add(HistoryEvent(at: noon, what: .ingestion), to: makeID(2))
            }
        }
        #expect(try reader.isEmpty)
        try ledger.put(leanAsset(makeID(1)))
        #expect(try !reader.isEmpty)
    }

    @Test func theLibraryAndThePositionAreKept() throws {
        #expect(try ledger.library == nil)
        #expect(try ledger.recordPosition == ("", 0))
        try ledger.begin(library: "one")
        try ledger.setRecordPosition(day: "2026-11-20", offset: 1 << 40)
        let again = try Ledger(scratch / "ledger.sqlite")
        #expect(try again.library == "one")
        #expect(try again.recordPosition == ("2026-11-20", 1 << 40))
    }

    @Test func oneThatIsMadeAnewIsOneFileInTheEnd() throws {
        let path = scratch / "made.sqlite"
        do {
            let made = try Ledger(making: path)
            try made.begin(library: "one")
            try made.put(fullAsset())
            try made.finish()
            #expect(try !Files.exists(scratch / "made.sqlite-wal"))
        }
        #expect(try LedgerReader(path).count() == 1)
        #expect(try Ledger(path).library == "one")
    }

    @Test func leftSourcesAreRemembered() throws {
        try ledger.put(leanAsset(makeID(1)), sourceLeft: true)
        try ledger.put(leanAsset(makeID(2)))
        #expect(try ledger.sourcesLeft().count == 1)
        let id = try #require(try ledger.sourcesLeft().first)
        try ledger.sourceRemoved(id)
        #expect(try ledger.sourcesLeft().isEmpty)
    }
}
