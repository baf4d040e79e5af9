// Every line of the table "After a crash" in docs/stages.md: the state is made by hand, two starts follow.
import Ingest
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct CrashTests {
    private let house: House
    private let id: AssetID

    init() throws {
        house = try House()
        var maker = AssetID.Maker()
        id = maker.next(at: Clock.now())
    }

    /// Two starts; the second one must find nothing left to change.
    private func startTwice() async throws -> [Asset] {
        let first = try await house.start()
        let rows = try house.rows().map(essence)
        let tree = try house.files(in: house.scratch.path / "library/originals")
        let drop = try house.files(in: house.incoming)
        let second = try await house.start()
        #expect(try house.rows().map(essence) == rows)
        #expect(try house.files(in: house.scratch.path / "library/originals") == tree)
        #expect(try house.files(in: house.incoming) == drop)
        #expect(second.acts == 0, "what was settled is not read again")
        #expect(second.going.map(\.id) == first.going.map(\.id))
        return first.going
    }

    private func taking(_ source: Source) -> Fact {
        Fact(
            at: Clock.now(), id: id, what: .taking, source: source,
            original: Asset.original(of: id, name: source.path.name))
    }

    private func received(_ source: Source, _ text: String = "some bytes") -> Fact {
        var fact = taking(source)
        fact.what = .received
        fact.sha256 = SHA256.digest(of: Array(text.utf8))
        return fact
    }

    private func moveToOriginal(_ source: Source) throws -> Path {
        let original = house.layout.root / Asset.original(of: id, name: source.path.name)
        try Files.makeFolders(original.parent)
        try Files.rename(house.incoming / source.path, to: original)
        return original
    }

    // MARK: taking

    @Test func takingWithoutOriginalNeverHappened() async throws {
        let source = try house.drop("Loom/a.mov")
        try house.record(taking(source))
        try Files.makeFolders(house.layout.staging)
        try write(house.layout.copy(of: id), [1])
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().isEmpty)
        #expect(try house.facts().last?.what == .leftAlone)
        #expect(try house.files(in: house.incoming) == ["Loom/a.mov": "some bytes"])
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    @Test func takingWithItsOriginalIsFinished() async throws {
        let source = try house.drop("Loom/a.mov")
        try house.record(taking(source))
        let original = try moveToOriginal(source)
        let going = try await startTwice()
        #expect(going.map(\.id) == [id] && going.first?.stage == .taken)
        #expect(going.first?.sha256 == SHA256.digest(of: Array("some bytes".utf8)))
        #expect(try Files.status(of: original)?.mode == 0o440)
        #expect(try house.facts().last?.what == .received)
    }

    @Test func takingCutShortIsHandedBack() async throws {
        var source = try house.drop("Loom/a.mov")
        source.bytes += 5
        try house.record(taking(source))
        _ = try moveToOriginal(source)
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().first)
        #expect(row.stage == .handedBack && row.refusal?.problem == .truncated)
        let drop = try house.files(in: house.incoming)
        #expect(drop["Problems/Loom/a.mov"] == "some bytes" && drop["Problems/Loom/a.mov.txt"] != nil)
    }

    @Test func aCopyInBothPlacesIsTakenOnceAndItsSourceRemoved() async throws {
        let source = try house.drop("Loom/a.mov")
        try house.record(taking(source))
        let original = house.layout.root / Asset.original(of: id, name: source.path.name)
        try Files.makeFolders(original.parent)
        try write(original, Array("some bytes".utf8))
        #expect(try await startTwice().map(\.stage) == [.taken])
        #expect(try house.files(in: house.incoming).isEmpty)
        #expect(try house.originals() == ["some bytes"])
    }

    // MARK: received

    @Test func receivedWithoutRowGetsItsRow() async throws {
        let source = try house.drop("Loom/a.mov")
        try house.record(taking(source), received(source))
        _ = try moveToOriginal(source)
        #expect(try await startTwice().map(\.stage) == [.taken])
        #expect(try house.rows().first?.source == source)
    }

    @Test func receivedWithItsRowIsLeftAsItIs() async throws {
        let keeper = try house.keeper()
        let asset = try await house.take(try house.drop("a.mov"), keeper)
        let ledger = try Ledger(house.ledger)
        try ledger.setRecordPosition(day: "", offset: 0)
        #expect(try await startTwice().map(\.id) == [asset.id])
    }

    // MARK: publishing

    @Test func publishingWithItsFolderIsPublished() async throws {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("a.mov"), keeper)
        let (asset, attempt) = try await house.transcode(try await house.preview(taken, keeper), keeper)
        try house.record(Fact(at: Clock.now(), id: asset.id, what: .publishing))
        let folder = house.layout.folder(of: asset.id)
        try Files.makeFolders(folder.parent)
        try Files.rename(attempt, to: folder)
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().first)
        #expect(row.stage == .published && row.renditions == asset.renditions && row.media == asset.media)
        #expect(row.publishedAt == asset.publishedAt && row.original == asset.original)
        #expect(try Files.status(of: folder)?.mode == 0o555)
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    @Test func publishingWithoutFolderGoesOnFromItsPreview() async throws {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("a.mov"), keeper)
        let (asset, _) = try await house.transcode(try await house.preview(taken, keeper), keeper)
        try house.record(Fact(at: Clock.now(), id: asset.id, what: .publishing))
        let going = try await startTwice()
        #expect(going.map(\.stage) == [.previewed] && going.first?.attempts == 0)
        #expect(try names(in: house.layout.staging) == ["\(asset.id).preview"])
    }

    // MARK: handing back

    @Test func handingBackWithItsOriginalIsDoneAgain() async throws {
        let keeper = try house.keeper()
        let asset = try await house.take(try house.drop("Loom/a.mov"), keeper)
        try house.record(
            Fact(
                at: Clock.now(), id: asset.id, what: .handingBack, refusal: Refusal(.corrupt),
                to: Path("Problems/Loom/a.mov")))
        // Somebody else's file took that place meanwhile.
        try house.scratch.file("incoming/Problems/Loom/a.mov", "another")
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().first)
        #expect(row.stage == .handedBack && row.handedBackTo == Path("Problems/Loom/a (2).mov"))
        let drop = try house.files(in: house.incoming)
        #expect(drop["Problems/Loom/a.mov"] == "another" && drop["Problems/Loom/a (2).mov"] == "some bytes")
        #expect(drop["Problems/Loom/a (2).mov.txt"]?.contains("code: corrupt") == true)
    }

    /// Between two filesystems it is a copy, whose last step was not done.
    @Test func handingBackByCopyIsFinished() async throws {
        let asset = try await house.take(try house.drop("Loom/a.mov"), try house.keeper())
        let place = "Problems/Loom/a.mov"
        try house.record(
            Fact(at: Clock.now(), id: asset.id, what: .handingBack, refusal: Refusal(.corrupt), to: Path(place))
        )
        try house.scratch.file("incoming/" + place, "some bytes")
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().first?.handedBackTo == Path(place))
        #expect(try house.files(in: house.scratch.path / "library/originals").isEmpty)
        #expect(try Set(house.files(in: house.incoming).keys) == [place, place + ".txt"])
    }

    @Test(arguments: [true, false])
    func handingBackWithoutOriginalGetsItsRow(_ standsThere: Bool) async throws {
        let keeper = try house.keeper()
        let asset = try await house.take(try house.drop("Loom/a.mov"), keeper)
        let place = Path("Problems/Loom/a.mov")
        try house.record(
            Fact(at: Clock.now(), id: asset.id, what: .handingBack, refusal: Refusal(.corrupt), to: place))
        try Files.makeFolders(house.incoming / place.parent)
        try Files.rename(house.layout.original(of: asset)!, to: house.incoming / place)
        if !standsThere { try Files.unlink(house.incoming / place) }
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().first?.handedBackTo == place)
        let drop = try house.files(in: house.incoming)
        #expect((drop["Problems/Loom/a.mov"] != nil) == standsThere)
        #expect((drop["Problems/Loom/a.mov.txt"] != nil) == standsThere)
    }

    /// A file that was refused before it was taken.
    private func refusing(_ source: Source, to place: String) -> Fact {
        Fact(
            at: Clock.now(), id: id, what: .handingBack, source: source, refusal: Refusal(.tooLarge),
            to: Path(place))
    }

    @Test(arguments: [true, false])
    func refusingUntakenIsFinished(_ isMoved: Bool) async throws {
        let source = try house.drop("Loom/a.mov")
        let place = "Problems/Loom/a.mov"
        try house.record(refusing(source, to: place))
        if isMoved {
            try Files.makeFolders(house.incoming / "Problems/Loom")
            try Files.rename(house.incoming / "Loom/a.mov", to: house.incoming / place)
        } else {
            // Its place was taken by another meanwhile.
            try house.scratch.file("incoming/" + place, "another")
        }
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().first)
        #expect(row.stage == .handedBack && row.refusal?.problem == .tooLarge && row.sha256 == nil)
        let stands = isMoved ? place : "Problems/Loom/a (2).mov"
        #expect(row.handedBackTo == Path(stands))
        let drop = try house.files(in: house.incoming)
        #expect(drop[stands] == "some bytes" && drop[stands + ".txt"]?.contains("code: too-large") == true)
        #expect(drop["Loom/a.mov"] == nil)
    }

    @Test func refusingWhatHasChangedSinceNeverHappened() async throws {
        let source = try house.drop("Loom/a.mov")
        try house.record(refusing(source, to: "Problems/Loom/a.mov"))
        try house.scratch.file("incoming/Loom/a.mov", "other bytes!")
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().isEmpty)
        #expect(try house.files(in: house.incoming) == ["Loom/a.mov": "other bytes!"])
    }

    // MARK: duplicate

    @Test(arguments: [true, false])
    func aDuplicateIsDiscarded(_ isUnlinked: Bool) async throws {
        let keeper = try house.keeper()
        let first = try await house.publish(try house.drop("a.mov"), keeper)
        let second = try await house.take(try house.drop("b.mov"), keeper)
        #expect(second.stage == .awaitingTwin && second.duplicateOf == first.id)
        try house.record(
            Fact(at: Clock.now(), id: second.id, what: .duplicate, sha256: second.sha256, twin: first.id))
        if isUnlinked { try Files.unlink(house.layout.original(of: second)!) }
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().last)
        #expect(row.stage == .duplicate && row.duplicateOf == first.id && row.original == nil)
        #expect(try house.originals() == ["some bytes"])
    }

    @Test func aDuplicateWhoseTwinIsGoneKeepsItsBytes() async throws {
        let keeper = try house.keeper()
        let first = try await house.publish(try house.drop("a.mov"), keeper)
        let second = try await house.take(try house.drop("b.mov"), keeper)
        let other = try await house.take(try house.drop("c.mov", "other bytes"), keeper)
        try house.record(
            Fact(at: Clock.now(), id: second.id, what: .duplicate, sha256: second.sha256, twin: first.id))
        let folder = house.layout.folder(of: first.id)
        try Files.setMode(folder, 0o755)
        try Files.removeTree(folder)
        // One that cannot be repaired holds up no other.
        let going = try await house.start().going
        #expect(going.map(\.id).contains(other.id))
        #expect(try house.originals().count == 3)
        #expect(try house.rows().first { $0.id == second.id }?.stage == .taken, "its bytes are the only ones")
    }

    // MARK: deleted, restored

    @Test(arguments: [Fact.What.deleted, .restored], [true, false])
    func deletingAndRestoringAreWhatTheTreeSays(_ what: Fact.What, _ isMoved: Bool) async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov"), keeper)
        if what == .restored { _ = try await keeper.delete(asset.id) }
        try house.record(Fact(at: Clock.now(), id: asset.id, what: what))
        let places = [house.layout.folder(of: asset.id), house.layout.trash(of: asset.id)]
        let (from, to) = what == .deleted ? (places[0], places[1]) : (places[1], places[0])
        try Files.setMode(from, 0o755)
        if isMoved {
            try Files.makeFolders(to.parent)
            try Files.rename(from, to: to)
        }
        #expect(try await startTwice().isEmpty)
        let stands = isMoved ? to : from
        #expect(try Files.status(of: stands)?.mode == 0o555)
        let row = try #require(try house.rows().first)
        #expect(row.stage == (stands == places[0] ? .published : .deleted))
        #expect(row.renditions == asset.renditions && row.publishedAt == asset.publishedAt)
    }

    // MARK: purged, original removed, and facts without a tree

    /// Cut off before the tree's beat, between the folder and the original, and before the row.
    @Test(arguments: [0, 1, 2]) func purgingIsEndedWhereverItWasCutOff(_ steps: Int) async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov"), keeper)
        _ = try await keeper.delete(asset.id)
        var fact = Fact(at: Clock.now(), id: asset.id, what: .purged)
        fact.sidecar = Sidecar(of: asset)
        try house.record(fact)
        let trash = house.layout.trash(of: asset.id)
        if steps > 0 { try Publish.remove(trash, by: house.layout.purge(of: asset.id)) }
        if steps > 1 { try Files.unlink(house.layout.original(of: asset)!) }
        #expect(try await startTwice().isEmpty)
        let row = try #require(try house.rows().first)
        #expect(
            row.stage == .purged && row.media == asset.media && row.renditions.isEmpty && row.original == nil)
        #expect(try house.originals().isEmpty && !Files.exists(trash))
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    @Test(arguments: [true, false]) func removingAnOriginalIsEnded(_ isUnlinked: Bool) async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov"), keeper)
        try house.record(Fact(at: Clock.now(), id: asset.id, what: .originalRemoved, original: asset.original))
        if isUnlinked { try Files.unlink(house.layout.original(of: asset)!) }
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().first?.original == nil && house.originals().isEmpty)
        #expect(try house.published().count == 1)
    }

    @Test func factsThatTheRowDoesNotSayAreWritten() async throws {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("a.mov"), keeper)
        var accident = Fact(at: Clock.now(), id: taken.id, what: .accident, refusal: Refusal(.crashed))
        accident.attempts = 2
        let published = try await house.publish(try house.drop("b.mov", "b"), keeper)
        var renamed = Fact(at: Clock.now(), id: published.id, what: .renamed)
        (renamed.caption, renamed.collection) = ("A caption", "Loom")
        let handedBack = try #require(
            try await keeper.handBack(
                try await house.take(try house.drop("c.mov", "c"), keeper), Refusal(.corrupt)))
        let retried = Fact(at: Clock.now(), id: handedBack.id, what: .retried, to: Path("c.mov"))
        try house.record(accident, renamed, retried)
        #expect(try await startTwice().map(\.id) == [taken.id])
        let rows = try house.rows()
        #expect(rows[0].attempts == 2 && rows[1].caption == "A caption" && rows[1].collection == "Loom")
        #expect(rows[2].handedBackTo == nil && rows[2].stage == .handedBack)
    }

    @Test func anIntentThatCameToNothingIsNeverReadAsDone() async throws {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("a.mov"), keeper)
        _ = try await house.transcode(try await house.preview(taken, keeper), keeper)
        // Cut off before its rename, and then handed back: it never was published.
        try house.record(Fact(at: Clock.now(), id: taken.id, what: .publishing))
        let (next, _, going) = try await house.start()
        let again = try #require(going.first)
        _ = try await next.handBack(again, Refusal(.corrupt))
        let before = try house.everyField()
        try await house.rebuild()
        #expect(try house.everyField() == before)
        let events = try LedgerReader(house.ledger).events(of: taken.id).map(\.what)
        #expect(events == [.ingestion, .digest, .preview, .handedBack])
    }

    // MARK: left alone, and the record itself

    @Test func leftAloneIsLeftAlone() async throws {
        let source = try house.drop("a.mov")
        try house.record(taking(source), Fact(at: Clock.now(), id: id, what: .leftAlone))
        #expect(try await startTwice().isEmpty)
        #expect(try house.rows().isEmpty)
        #expect(try house.files(in: house.incoming) == ["a.mov": "some bytes"])
    }

    @Test func aTornLastLineIsIgnored() async throws {
        let source = try house.drop("a.mov")
        try house.record(taking(source))
        _ = try moveToOriginal(source)
        let day = house.layout.record / "\(Clock.now().day.prefix(4))/\(Clock.now().day).jsonl"
        try Files.write(Array(#"{"at":"2026"#.utf8), to: try Files.openForAppending(day, mode: 0o644))
        #expect(try await startTwice().map(\.stage) == [.taken])
        #expect(try house.facts().map(\.what) == [.taking, .received])
    }

    // MARK: What was on its way

    @Test func jobsThatWereCutOffBeginAgainWithoutAnAttempt() async throws {
        let keeper = try house.keeper()
        let a = try await house.take(try house.drop("a.mov", "a"), keeper)
        let b = try await house.take(try house.drop("b.mov", "b"), keeper)
        let c = try await house.take(try house.drop("c.mov", "c"), keeper)
        _ = try await house.transcode(try await house.preview(a, keeper), keeper)
        _ = try await keeper.beginJob(
            b, b.stage.after(.jobStarted, attempts: 0)!, in: house.layout.preview(of: b.id))
        let previewed = try await house.preview(c, keeper)
        try Files.unlink(house.layout.preview(of: c.id) / previewed.renditions[0].file)
        try house.scratch.file("library/.staging/stray/file")
        let going = try await startTwice()
        #expect(going.map(\.stage) == [.previewed, .taken, .taken])
        #expect(going.allSatisfy { $0.attempts == 0 })
        #expect(try names(in: house.layout.staging) == ["\(a.id).preview"])
    }
}
