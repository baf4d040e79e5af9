// The ledger is disposable: what the record and the tree say is enough.
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct RebuildTests {
    private let house: House

    init() throws { house = try House() }

    private func fill() async throws {
        let keeper = try house.keeper()
        _ = try await house.publish(try house.drop("Loom/a.mov", "a"), keeper)
        let twin = try await house.take(try house.drop("Loom/b.mov", "a"), keeper)
        _ = try await keeper.discardTwin(twin, of: twin.duplicateOf!)
        _ = try await keeper.handBack(
            try await house.take(try house.drop("App/ref=4/c.mov", "c"), keeper), Refusal(.corrupt, "Why."))
        _ = try await house.take(try house.source(at: Path(bytes: [0xFF, 0x2E, 0x41]), [1]), keeper)
        _ = try await house.take(try house.drop("e.mov", "e"), keeper)
        _ = try await house.take(try house.drop("f.mov", "e"), keeper)
        _ = try await house.publish(try house.drop("g.mov", "g"), keeper)
        _ = try await keeper.handBack(untaken: try house.drop("h.mov", "h"), Refusal(.tooLarge, "Why."))
        _ = try await keeper.delete(try await house.publish(try house.drop("i.mov", "i"), keeper).id)
        let deleted = try await keeper.delete(try await house.publish(try house.drop("j.mov", "j"), keeper).id)
        _ = try await keeper.restore(deleted.id)
    }

    @Test func aLedgerThatIsMadeAnewSaysTheSame() async throws {
        try await fill()
        let before = try house.rows()
        let totals = try LedgerReader(house.ledger).totals()
        let tree = try house.files(in: house.layout.media)
        let count = try await house.keeper().rebuild().assets
        #expect(count == before.count)
        #expect(try house.rows().map(essence) == before.map(essence))
        #expect(
            try house.rows().map(\.renditions)
                == before.map { [.published, .deleted].contains($0.stage) ? $0.renditions : [] })
        let again = try LedgerReader(house.ledger).totals()
        #expect(again.counts == totals.counts && again.publishedBytes == totals.publishedBytes)
        #expect(again.originalBytes == totals.originalBytes)
        #expect(try house.files(in: house.layout.media) == tree)
        #expect(try await house.start().acts == 0)
    }

    @Test func anotherLedgerMadeFromTheLibraryAloneSaysTheSame() async throws {
        try await fill()
        let before = try house.rows().map(essence)
        for ending in ["", "-wal", "-shm"] { try Files.removeTree(house.scratch / "ledger.sqlite\(ending)") }
        try Ledger(house.ledger).begin(library: house.id)
        _ = try await house.keeper().rebuild()
        #expect(try house.rows().map(essence) == before)
    }

    @Test func oneThatWasCutOffIsFinishedByTheNextStart() async throws {
        try await fill()
        let before = try house.rows().map(essence)
        try Ledger(house.ledger).empty()
        try await house.start()
        #expect(try house.rows().map(essence) == before)
    }

    /// Seconds where it is linear, hours where it is not; how many seconds depends on what else runs.
    @Test(.timeLimit(.minutes(10))) func aLongRecordIsReadInGoodTime() async throws {
        let source = makeSource(Path("a.mov"))
        var maker = AssetID.Maker()
        var record = Record(folder: house.layout.record)
        for number in 0..<1500 {
            let id = maker.next(at: Clock.now())
            let fact = Fact(
                at: Clock.now(), id: id, what: .received, source: source,
                original: Asset.original(of: id, name: source.path.name),
                sha256: makeDigest(UInt8(number % 256)))
            _ = try record.append(fact)
            _ = try record.append(
                Fact(
                    at: Clock.now(), id: id, what: .handingBack, refusal: Refusal(.drm),
                    to: Path("Problems/none")))
        }
        #expect(try await house.keeper().rebuild().assets == 1500)
        #expect(try LedgerReader(house.ledger).totals().counts == [.failed: 1500])
    }

    @Test func linesAfterTheClockWasSetBackAreRead() async throws {
        let keeper = try house.keeper()
        let future = Clock.now() + 86400 * 3
        let id = await keeper.newID(at: future)
        let done = try await keeper.begin(Fact(at: future, id: id, what: .leftAlone))
        try await keeper.endWithoutRow(done)
        // The next start has the right time again, and is cut off.
        let next = try await house.start().keeper
        let taking = try await next.beginTaking(try house.drop("a.mov"))
        let going = try await house.start().going
        #expect(going.map(\.id) == [taking.id])
    }
}
