// Live Photos: a photo and a video that find each other, whichever comes first.
import Library
import Model
import Platform
import Scratch
import Testing

@testable import Ledger
@testable import flipd

@Suite struct PairTests {
    private let house: House

    init() throws { house = try House() }

    private func media(
        _ kind: Kind, _ identifier: String?, at moment: Timestamp? = noon, by source: String = "creation_time"
    ) -> Media {
        Media(
            kind: kind, duration: kind == .video ? 3 : nil, width: 640, height: 360, capturedAt: moment,
            capturedAtSource: moment == nil ? nil : source, contentIdentifier: identifier)
    }

    /// As a worker and the corridor would bring it there.
    private func publish(_ name: String, _ media: Media, _ keeper: Keeper) async throws -> Asset {
        let (sealed, attempt) = try await seal(name, media, keeper)
        return try #require(try await keeper.publish(sealed, from: attempt, events: []))
    }

    private func seal(_ name: String, _ media: Media, _ keeper: Keeper) async throws -> (Asset, Path) {
        // Equal bytes would make twins of them.
        let taken = try await house.take(try house.drop(name, name), keeper)
        var (sealed, attempt) = try await house.make(taken, keeper, media.kind)
        sealed.media = media
        try Publish.seal(sealed, in: attempt)
        return (sealed, attempt)
    }

    /// Who has whom, by name.
    private func pairs() throws -> [String: String] {
        let rows = try house.rows()
        let names = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0.source.path.text) })
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in
                row.pair.map { (row.source.path.text, names[$0] ?? "nobody") }
            })
    }

    private func lines() throws -> [Fact] { try house.facts().filter { $0.what == .paired } }

    @Test(arguments: [true, false]) func byTheirIdentifierWhereverTheyAre(photoFirst: Bool) async throws {
        let keeper = try house.keeper()
        let halves = [("Loom/IMG_1.HEIC", media(.photo, "A")), ("App/x.MOV", media(.video, "A", at: nil))]
        let order = photoFirst ? halves : halves.reversed()
        let first = try await publish(order[0].0, order[0].1, keeper)
        let tree = try house.files(in: house.layout.media)
        let second = try await publish(order[1].0, order[1].1, keeper)
        #expect(first.pair == nil && second.pair == first.id)
        #expect(try pairs() == ["Loom/IMG_1.HEIC": "App/x.MOV", "App/x.MOV": "Loom/IMG_1.HEIC"])
        let line = try #require(try lines().first)
        #expect(try lines().count == 1 && line.id == second.id && line.pair == first.id)
        for (path, bytes) in tree { #expect(try house.files(in: house.layout.media)[path] == bytes) }
        #expect(AssetReport(of: try #require(try house.rows().first)).pair == second.id)
        let events = try LedgerReader(house.ledger).events(of: first.id)
        #expect(events.last?.what == .pairing && events.last?.at == line.at)
        #expect(events.last?.detail == "with \(second.sourceName.text), \(second.id)")
        #expect(try await house.start().acts == 0)
    }

    @Test(arguments: [true, false]) func byTheirNameWhereOneHasNoIdentifier(photoFirst: Bool) async throws {
        let keeper = try house.keeper()
        let halves = [
            ("Loom/IMG_1.HEIC", media(.photo, nil, at: noon + 1.5)), ("Loom/IMG_1.MOV", media(.video, "A")),
        ]
        for (name, media) in photoFirst ? halves : halves.reversed() {
            _ = try await publish(name, media, keeper)
        }
        #expect(try pairs() == ["Loom/IMG_1.HEIC": "Loom/IMG_1.MOV", "Loom/IMG_1.MOV": "Loom/IMG_1.HEIC"])
    }

    @Test func whatOnlyLooksLikeAHalfIsNone() async throws {
        let keeper = try house.keeper()
        _ = try await publish("Loom/IMG_1.MOV", media(.video, "A"), keeper)
        for (name, half) in [
            ("Loom/IMG_1.HEIC", media(.photo, "B")), ("Loom/IMG_1.JPG", media(.photo, nil, at: noon + 3.5)),
            ("Loom/IMG_1.PNG", media(.photo, nil, at: nil)), ("Loom/1905/IMG_1.HEIC", media(.photo, nil)),
            ("Loom/ref=1/IMG_1.HEIC", media(.photo, nil)), ("Loom/IMG_1.x.HEIC", media(.photo, nil)),
            ("Loom/IMG_1.GIF", media(.photo, nil, by: Media.fileTime)),
            ("Loom/IMG_1.BMP", media(.photo, nil, by: "date (day only)")),
            ("Loom/img_1.HEIC", media(.photo, nil)), ("Loom/IMG_1.mp4", media(.video, "A")),
        ] { #expect(try await publish(name, half, keeper).pair == nil, "\(name)") }
        #expect(try lines().isEmpty)
    }

    @Test func anAssetHasOneHalfAndADuplicateIsNone() async throws {
        let keeper = try house.keeper()
        let first = try await publish("a.MOV", media(.video, "A"), keeper)
        _ = try await publish("b.MOV", media(.video, "A"), keeper)
        let twin = try await house.take(try house.drop("c.MOV", "a.MOV"), keeper)
        _ = try await keeper.discardTwin(twin, of: first.id)
        #expect(try await publish("d.HEIC", media(.photo, "A"), keeper).pair == first.id)
        // The second one of each finds the other one that is left.
        _ = try await publish("e.HEIC", media(.photo, "A"), keeper)
        _ = try await publish("f.HEIC", media(.photo, "A"), keeper)
        #expect(try pairs() == ["a.MOV": "d.HEIC", "d.HEIC": "a.MOV", "b.MOV": "e.HEIC", "e.HEIC": "b.MOV"])
    }

    @Test func whatIsInTheTrashIsPairedWhenItIsBackAndStaysAPairWhenItGoesAgain() async throws {
        let keeper = try house.keeper()
        let video = try await publish("a.MOV", media(.video, "A"), keeper)
        _ = try await keeper.delete(video.id)
        let photo = try await publish("a.HEIC", media(.photo, "A"), keeper)
        #expect(photo.pair == nil)
        #expect(try await keeper.restore(video.id).pair == photo.id)
        #expect(try await keeper.delete(photo.id).pair == video.id)
        #expect(try await publish("b.HEIC", media(.photo, "A"), keeper).pair == nil)
        #expect(try await keeper.restore(photo.id).pair == video.id)
        #expect(try lines().count == 1)
    }

    // MARK: After a crash

    @Test func aPairThatOnlyTheRecordKnowsIsFolded() async throws {
        let keeper = try house.keeper()
        let video = try await publish("a.MOV", media(.video, nil, at: nil), keeper)
        let photo = try await publish("b.HEIC", media(.photo, nil, at: nil), keeper)
        try house.record(
            Fact(at: Clock.now(), id: photo.id, what: .paired, pair: video.id),
            Fact(at: Clock.now(), id: makeID(), what: .paired, pair: video.id),
            Fact(at: Clock.now(), id: photo.id, what: .paired, pair: video.id))
        try await house.start()
        #expect(try pairs() == ["a.MOV": "b.HEIC", "b.HEIC": "a.MOV"])
        #expect(try LedgerReader(house.ledger).events(of: video.id).count { $0.what == .pairing } == 1)
        #expect(try await house.start().acts == 0)
        #expect(try lines().count == 3)
    }

    /// Between the record's line and the ledger's commit, and before the line: the act of publishing is still open.
    @Test(arguments: [true, false]) func aPublicationThatWasCutOffFindsItsHalf(isRecorded: Bool) async throws {
        let keeper = try house.keeper()
        let video = try await publish("a.MOV", media(.video, "A"), keeper)
        let (sealed, attempt) = try await seal("b.HEIC", media(.photo, "A"), keeper)
        _ = try await keeper.begin(Fact(at: Clock.now(), id: sealed.id, what: .publishing))
        try Publish.move(attempt, to: house.layout.folder(of: sealed.id))
        if isRecorded { try house.record(Fact(at: Clock.now(), id: sealed.id, what: .paired, pair: video.id)) }
        try await house.start()
        #expect(try pairs() == ["a.MOV": "b.HEIC", "b.HEIC": "a.MOV"])
        #expect(try lines().count == 1)
        #expect(
            try LedgerReader(house.ledger).events(of: sealed.id).suffix(2).map(\.what) == [
                .publication, .pairing,
            ])
        #expect(try await house.start().acts == 0)
    }

    @Test func aPairWhoseRowsCouldNotBeWrittenIsRecordedOnce() async throws {
        let keeper = try house.keeper()
        _ = try await publish("a.MOV", media(.video, "A"), keeper)
        let (sealed, attempt) = try await seal("b.HEIC", media(.photo, "A"), keeper)
        do {
            // Longer than anyone waits.
            let other = try Connection(house.ledger, .writing)
            try other.execute("BEGIN IMMEDIATE")
            await #expect(throws: LedgerFailure.self) {
                try await keeper.publish(sealed, from: attempt, events: [])
            }
        }
        #expect(try pairs().isEmpty && lines().count == 1)
        // Meanwhile its half is nobody else's.
        #expect(try await publish("c.HEIC", media(.photo, "A"), keeper).pair == nil)
        #expect(try await keeper.repairBroken().failure == nil)
        #expect(try pairs() == ["a.MOV": "b.HEIC", "b.HEIC": "a.MOV"])
        #expect(try lines().count == 1)
        #expect(try await house.start().acts == 0)
    }

    @Test func aLedgerThatIsMadeAnewKnowsThePairs() async throws {
        let keeper = try house.keeper()
        let video = try await publish("a.MOV", media(.video, "A"), keeper)
        // Begun before its other half, and ready after it: too late.
        let late = try await seal("c.HEIC", media(.photo, "A"), keeper)
        _ = try await publish("b.HEIC", media(.photo, "A"), keeper)
        _ = try await keeper.publish(late.0, from: late.1, events: [])
        _ = try await publish("Loom/d.JPG", media(.photo, nil), keeper)
        _ = try await publish("Loom/d.MOV", media(.video, "D"), keeper)
        _ = try await keeper.delete(video.id)
        let expected = [
            "a.MOV": "b.HEIC", "b.HEIC": "a.MOV", "Loom/d.JPG": "Loom/d.MOV", "Loom/d.MOV": "Loom/d.JPG",
        ]
        #expect(try pairs() == expected)
        for ending in ["", "-wal", "-shm"] { try Files.removeTree(house.scratch / "ledger.sqlite\(ending)") }
        try await house.rebuild()
        #expect(try pairs() == expected)
        #expect(try lines().count == 2)
        #expect(try await house.start().acts == 0)
        #expect(try house.rows().map(\.pair?.description).count { $0 == nil } == 1)
    }
}
