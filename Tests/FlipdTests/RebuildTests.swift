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

    /// Something in every state, by every way that leads there.
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
        try await fillTrash(keeper)
        try await fillWithTroubles(keeper)
        try await fillWithDamage(keeper)
        _ = try await house.preview(try await house.take(try house.drop("p.mov", "p"), keeper), keeper)
        let photo = try await house.publish(try house.drop("Loom/x.heic", "x"), keeper, .photo, "A")
        let video = try await house.publish(try house.drop("Loom/x.mov", "y"), keeper, .video, "A")
        #expect(video.pair == photo.id)
        _ = try await keeper.delete(photo.id)
        try await fillWithPhotos(keeper)
    }

    /// What has no line of its own about what was made of it.
    private func fillWithPhotos(_ keeper: Keeper) async throws {
        _ = try await house.publish(try house.drop("Loom/v.jpg", "v"), keeper, .photo)
        let purged = try await house.publish(try house.drop("w.jpg", "w"), keeper, .photo, "B")
        let other = try await house.publish(try house.drop("w.mov", "z"), keeper, .video, "B")
        #expect(other.pair == purged.id)
        _ = try await keeper.delete(purged.id)
        _ = try await keeper.purge(purged.id, deletedBefore: Clock.now())
        let taken = try await house.take(try house.drop("bad.jpg", "bad"), keeper)
        let step = try #require(taken.stage.after(.jobStarted, attempts: 0))
        let shaken = try await keeper.beginJob(taken, step, in: house.layout.preview(of: taken.id))
        var accident = Fact(at: Clock.now(), id: shaken.id, what: .accident, refusal: Refusal(.crashed))
        accident.attempts = 1
        let again = try await keeper.note(accident, on: shaken)
        #expect(again.stage == .taken)
        _ = try await keeper.handBack(again, Refusal(.corrupt))
        let remade = try await house.publish(try house.drop("anew.jpg", "anew"), keeper, .photo)
        let (sealed, attempt) = try await house.photo(try #require(try await keeper.remake(remade)), keeper)
        let event = HistoryEvent(at: Clock.now(), what: .transcode, seconds: 0.3)
        _ = try await keeper.publish(sealed, from: attempt, events: [event])
    }

    private func fillTrash(_ keeper: Keeper) async throws {
        let named = try await house.publish(try house.drop("i.mov", "i"), keeper)
        _ = try await keeper.rename(named.id, caption: "Weaving, \"1905\"", collection: "Loom/1905")
        _ = try await keeper.rename(named.id, caption: nil, collection: "Loom/1906")
        _ = try await keeper.delete(named.id)
        let deleted = try await keeper.delete(try await house.publish(try house.drop("j.mov", "j"), keeper).id)
        _ = try await keeper.restore(deleted.id)
        _ = try await keeper.removeOriginal(of: deleted.id)
        for name in ["t.mov", "u.mov"] {
            let without = try await house.publish(try house.drop(name, name), keeper)
            _ = try await keeper.removeOriginal(of: without.id)
            _ = try await keeper.delete(without.id)
            if name == "u.mov" { _ = try await keeper.restore(without.id) }
        }
        let purged = try await house.publish(try house.drop("k.mov", "k"), keeper)
        _ = try await keeper.rename(purged.id, caption: "Gone", collection: nil)
        _ = try await keeper.delete(purged.id)
        #expect(
            try await keeper.purge(purged.id, deletedBefore: Clock.now() + -60) == nil, "its time is not up")
        _ = try await keeper.purge(purged.id, deletedBefore: Clock.now())
    }

    /// One that is damaged, one that was healed, and one that was made anew.
    private func fillWithDamage(_ keeper: Keeper) async throws {
        let layout = house.layout
        var assets: [Asset] = []
        for name in ["q.mov", "r.mov", "s.mov"] {
            let asset = try await house.publish(try house.drop(name, name), keeper)
            let thumb = layout.folder(of: asset.id) / "\(asset.id)-thumb.jpg"
            try Files.setMode(thumb.parent, 0o755)
            try Files.unlink(thumb)
            let noted = try await keeper.note([try Fixity.check(asset, in: layout)])
            #expect(noted.first?.damage.count == 1)
            assets.append(asset)
        }
        let healing = Healing(
            keeper: keeper, layout: layout, thread: try WorkThread())
        let backup: Fetch = { _, staged in try write(staged, [1, 2, 3]) }
        #expect(try await healing.heal(try Fixity.check(assets[1], in: layout), from: backup).files == [])
        _ = try await keeper.note([try Fixity.check(assets[1], in: layout)])
        let remade = try #require(try await keeper.remake(assets[2]))
        let (sealed, attempt) = try await house.transcode(try await house.preview(remade, keeper), keeper)
        _ = try await keeper.publish(sealed, from: attempt, events: [])
        _ = try await keeper.note([try Fixity.check(sealed, in: layout)])
    }

    private func fillWithTroubles(_ keeper: Keeper) async throws {
        // Published at the second attempt, handed back after its preview, tried again after that.
        let taken = try await house.take(try house.drop("l.mov", "l"), keeper)
        var accident = Fact(at: Clock.now(), id: taken.id, what: .accident, refusal: Refusal(.crashed))
        accident.attempts = 1
        let shaken = try await keeper.note(accident, on: taken)
        #expect(shaken.attempts == 1 && shaken.stage == .taken)
        let (sealed, attempt) = try await house.transcode(try await house.preview(shaken, keeper), keeper)
        _ = try await keeper.publish(
            sealed, from: attempt, events: [HistoryEvent(at: Clock.now(), what: .transcode, seconds: 3)])
        for name in ["m.mov", "n.mov"] {
            let previewed = try await house.preview(
                try await house.take(try house.drop(name, name), keeper), keeper)
            let handedBack = try #require(try await keeper.handBack(previewed, Refusal(.truncated)))
            if name == "n.mov" { _ = try await keeper.tryAgain(handedBack.id) }
        }
    }

    @Test func aLedgerThatIsMadeAnewSaysTheSameInEveryField() async throws {
        try await fill()
        let before = try house.everyField()
        let tree = try house.files(in: house.layout.media)
        let count = try house.rows().count
        let stages = Set(try house.rows().map(\.stage))
        #expect(
            stages == [
                .published, .duplicate, .handedBack, .taken, .awaitingTwin, .deleted, .purged, .previewed,
            ])
        let made = try await house.rebuild()
        #expect(made.assets == count && made.failures == 0)
        try expectTheSame(house.everyField(), before)
        #expect(try house.files(in: house.layout.media) == tree)
        #expect(try await house.start().acts == 0)
        // Nothing was written that another reading would read otherwise.
        try await house.rebuild()
        try expectTheSame(house.everyField(), before)
    }

    @Test func aLedgerThatReadsTheRecordOnceMoreSaysNothingTwice() async throws {
        let keeper = try house.keeper()
        let first = try await house.publish(try house.drop("Loom/1.mov", "1"), keeper)
        _ = try await keeper.delete(first.id)
        try await fill()
        _ = try await keeper.restore(first.id)
        _ = try await keeper.delete(first.id)
        let before = try house.everyField()
        try Ledger(house.ledger).setRecordPosition(day: "", offset: 0)
        try await house.start()
        try expectTheSame(house.everyField(), before)
    }

    @Test func anotherLedgerMadeFromTheLibraryAloneSaysTheSame() async throws {
        try await fill()
        let before = try house.everyField()
        for ending in ["", "-wal", "-shm"] { try Files.removeTree(house.scratch / "ledger.sqlite\(ending)") }
        try await house.rebuild()
        try expectTheSame(house.everyField(), before)
    }

    private func expectTheSame(
        _ now: [String], _ before: [String], at place: SourceLocation = #_sourceLocation
    ) {
        let differences = Set(now).symmetricDifference(before).sorted()
        #expect(differences == [], "\(differences)", sourceLocation: place)
        #expect(now.count == before.count, sourceLocation: place)
    }

    // MARK: What only the tree tells

    @Test func withoutTheRecordTheFoldersTell() async throws {
        let keeper = try house.keeper()
        let published = try await house.publish(try house.drop("Loom/ref=7/a.mov", "a"), keeper)
        let deleted = try await house.publish(try house.drop("b.mov", "b"), keeper)
        _ = try await keeper.delete(deleted.id)
        let pending = try await house.take(try house.drop("c.mov", "c"), keeper)
        try Files.removeTree(house.layout.record)
        try await house.rebuild()
        let rows = try house.rows()
        #expect(rows.map(\.id) == [published.id, deleted.id, pending.id])
        #expect(rows.map(\.stage) == [.published, .deleted, .taken])
        #expect(rows[0].source.path == Path("Loom/ref=7/a.mov") && rows[0].original == published.original)
        #expect(rows[0].renditions == published.renditions && rows[0].media == published.media)
        #expect(rows[2].sha256 == pending.sha256 && rows[2].original == pending.original)
        #expect(try await house.start().going.map(\.id) == [pending.id])
    }

    /// A backup keeps what was moved since, so that it may hold an asset in both places.
    @Test(arguments: [Fact.What.deleted, .restored, .purged])
    func ofTwoPlacesTheRecordsLastLineDecides(_ last: Fact.What) async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov", "a"), keeper)
        let (published, trash) = (house.layout.folder(of: asset.id), house.layout.trash(of: asset.id))
        let backup = house.scratch.path / "backup"
        try copyTree(published, to: backup)
        _ = try await keeper.delete(asset.id)
        if last == .restored { _ = try await keeper.restore(asset.id) }
        if last == .purged { _ = try await keeper.purge(asset.id, deletedBefore: Clock.now()) }
        for place in [published, trash] where try !Files.exists(place) { try copyTree(backup, to: place) }
        let before = try house.everyField()
        try await house.rebuild()
        try expectTheSame(house.everyField(), before)
        #expect(try Files.exists(published) == (last == .restored))
        #expect(try Files.exists(trash) == (last == .deleted))
    }

    /// What a backup has kept of it is no reason to remove it a second time.
    @Test func anOriginalThatIsBackStays() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov", "a"), keeper)
        let original = try #require(house.layout.original(of: asset))
        _ = try await keeper.removeOriginal(of: asset.id)
        try write(original, Array("a".utf8), mode: 0o440)
        try await house.rebuild()
        #expect(try house.originals() == ["a"] && house.rows().first?.original == asset.original)
    }

    @Test func anEmptyMediaTreeIsADiskThatIsAway() async throws {
        let keeper = try house.keeper()
        for number in 0..<7 {
            _ = try await house.publish(try house.drop("\(number).mov", "\(number)"), keeper)
        }
        let (rows, facts) = (try house.everyField(), try house.facts().count)
        let away = house.scratch / "away"
        try Files.rename(house.layout.media, to: away)
        await #expect(throws: CannotStart.self) { try await house.rebuild() }
        #expect(try house.everyField() == rows && house.facts().count == facts)
        try Files.rename(away, to: house.layout.media)
        try await house.rebuild()
        #expect(try house.everyField() == rows)
    }

    @Test(arguments: Kind.allCases) func aSidecarThatCannotBeReadHoldsUpNothing(_ kind: Kind) async throws {
        let keeper = try house.keeper()
        let damaged = try await house.publish(try house.drop("a.mov", "a"), keeper, kind)
        let other = try await house.publish(try house.drop("b.mov", "b"), keeper)
        try write(house.layout.folder(of: damaged.id) / "\(damaged.id).json", Array("{".utf8), mode: 0o444)
        #expect(try await house.rebuild().failures == 0)
        let rows = try house.rows()
        #expect(rows.map(\.id) == [damaged.id, other.id] && rows.map(\.stage) == [.published, .published])
        #expect(try await house.start().acts == 0)
        #expect(try !Fixity.check(rows[0], in: house.layout).damage.isEmpty)
    }

    /// rsync was cut off between the sidecar and the video.
    @Test func aFolderThatWasCopiedInPartIsMadeAnewFromItsOriginal() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov", "a"), keeper)
        let folder = house.layout.folder(of: asset.id)
        try Files.setMode(folder, 0o755)
        try Files.unlink(folder / "\(asset.id).mp4")
        try Files.removeTree(house.layout.record)
        try await house.rebuild()
        let (next, _, going) = try await house.start()
        #expect(going.map(\.id) == [asset.id])
        let (sealed, attempt) = try await house.transcode(try await house.preview(going[0], next), next)
        #expect(try await next.publish(sealed, from: attempt, events: [])?.stage == .published)
        #expect(try Fixity.check(sealed, in: house.layout).damage.isEmpty)
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    @Test func aPairTellsNothingOfAnIntentThatCameToNothing() async throws {
        let keeper = try house.keeper()
        let photo = try await house.publish(try house.drop("a.heic", "a"), keeper, .photo)
        let video = try await house.publish(try house.drop("b.mov", "b"), keeper)
        try house.record(
            Fact(at: Clock.now(), id: photo.id, what: .deleted),
            Fact(at: Clock.now(), id: video.id, what: .paired, pair: photo.id),
            Fact(at: Clock.now(), id: photo.id, what: .leftAlone))
        try await house.start()
        #expect(try house.rows().map(\.stage) == [.published, .published])
        #expect(try house.rows().map(\.pair) == [video.id, photo.id])
    }

    @Test func onlyWhatWasDeletedIsPurgedWhateverALineSays() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov", "a"), keeper)
        var hostile = Fact(at: Clock.now(), id: asset.id, what: .purged)
        hostile.sidecar = Sidecar(of: asset)
        try house.record(hostile)
        let before = try house.everyField()
        try await house.start()
        #expect(try house.everyField() == before)
        try await house.rebuild()
        #expect(try house.everyField() == before)
        #expect(try house.published().count == 1 && house.originals().count == 1)
    }

    /// Its line was copied, and its bytes came too late.
    @Test func whatCameTooLateForTheBackupHoldsUpNothing() async throws {
        let keeper = try house.keeper()
        let lost = try await house.take(try house.drop("a.mov", "a"), keeper)
        let twin = try await house.take(try house.drop("b.mov", "a"), keeper)
        #expect(twin.stage == .awaitingTwin)
        let original = try #require(house.layout.original(of: lost))
        let bytes = try Files.read(original, limit: 10)
        try Files.unlink(original)
        #expect(try await house.rebuild().lost.map(\.id) == [lost.id])
        #expect(try house.rows().map(\.stage) == [.handedBack, .taken])
        #expect(try await house.start().going.map(\.id) == [twin.id])
        // Missing never means deleted: with its bytes it is back.
        try write(original, bytes)
        #expect(try await house.rebuild().lost.isEmpty)
        #expect(try house.rows().map(\.stage) == [.taken, .awaitingTwin])
    }

    @Test func ofTwoPlacesWithoutARecordTheMediaTreeWins() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov", "a"), keeper)
        try copyTree(house.layout.folder(of: asset.id), to: house.layout.trash(of: asset.id))
        try Files.removeTree(house.layout.record)
        try await house.rebuild()
        #expect(try house.rows().map(\.stage) == [.published])
        #expect(try !Files.exists(house.layout.trash(of: asset.id)))
    }

    private func copyTree(_ from: Path, to: Path) throws {
        try Files.makeFolders(to)
        for entry in try Files.list(from) {
            try Durable.copy(try Files.openForReading(from / entry.name), to: to / entry.name, mode: 0o444)
        }
    }

    // MARK: The record itself

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
        #expect(try await house.rebuild().assets == 1500)
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
