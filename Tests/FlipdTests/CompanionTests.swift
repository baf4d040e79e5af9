// What stands beside an edited photo goes where its original goes, and is lost at no beat.
import Glibc
import Ingest
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct CompanionTests {
    private let house: House
    private let keeper: Keeper

    init() throws {
        house = try House()
        keeper = try house.keeper()
    }

    /// A photo that was taken, and what its edits are in, still in the drop folder.
    private func photo(
        _ name: String = "Loom/IMG_1.HEIC", _ edits: String = "Loom/IMG_1.AAE", _ text: String = "a photo"
    ) async throws -> (photo: Asset, companion: Source) {
        let asset = try await house.take(try house.drop(name, text), keeper)
        return (asset, try house.drop(edits, "edits"))
    }

    private func kept(_ id: AssetID) throws -> String? {
        let path = house.layout.companion(of: id)
        return try Files.exists(path) ? try read(path) : nil
    }

    private func expectTheSameWhenMadeAnew() async throws {
        let before = try house.everyField()
        let tree = try house.files(in: house.layout.originals)
        try await house.rebuild()
        let differences = Set(try house.everyField()).symmetricDifference(before).sorted()
        #expect(differences == [])
        #expect(try house.files(in: house.layout.originals) == tree)
    }

    // MARK: Following

    @Test(arguments: ["IMG_1.AAE", "IMG_1.aae", "IMG_1.Aae"])
    func itFollowsInAnyCase(_ name: String) async throws {
        let (photo, edits) = try await photo("Loom/IMG_1.HEIC", "Loom/\(name)")
        #expect(try await keeper.follow(edits)?.id == photo.id)
        #expect(try house.files(in: house.incoming).isEmpty && kept(photo.id) == "edits")
        let status = try #require(try Files.status(of: house.layout.companion(of: photo.id)))
        #expect(status.mode == 0o440 && status.uid == Users.me)
        let events = try LedgerReader(house.ledger).events(of: photo.id)
        #expect(events.last?.what == .companion && events.last?.detail == "Loom/\(name)")
        #expect(try house.facts().map(\.what) == [.taking, .received, .following])
        #expect(try await house.start().acts == 0)
        try await expectTheSameWhenMadeAnew()
    }

    @Test func whatHasNoPhotoStaysWhereItIs() async throws {
        let stays = try house.drop("Loom/IMG_2.AAE", "edits")
        _ = try await house.take(try house.drop("Loom/IMG_2.MOV", "1"), keeper)
        _ = try await house.take(try house.drop("IMG_2.HEIC", "2"), keeper)
        _ = try await house.take(try house.drop("Loom/IMG_22.HEIC", "3"), keeper)
        _ = try await house.take(try house.drop("Loom/IMG_2.x.HEIC", "4"), keeper)
        // Under a photo's name, and none.
        _ = try await house.publish(try house.drop("Loom/IMG_2.JPG", "5"), keeper)
        #expect(try await keeper.follow(stays) == nil)
        let (photo, edits) = try await photo()
        _ = try await keeper.handBack(photo, Refusal(.corrupt))
        #expect(try await keeper.follow(edits) == nil)
        #expect(try house.files(in: house.incoming)["Loom/IMG_2.AAE"] == "edits")
        #expect(try house.files(in: house.incoming)["Loom/IMG_1.AAE"] == "edits")
    }

    @Test func itFollowsWithinADay() async throws {
        let (photo, edits) = try await photo()
        var old = photo
        old.receivedAt = Clock.now() + -86500
        try Ledger(house.ledger).put(old)
        #expect(try await keeper.follow(edits) == nil)
        old.receivedAt = Clock.now() + -86300
        try Ledger(house.ledger).put(old)
        #expect(try await keeper.follow(edits)?.id == photo.id)
    }

    @Test func aPublishedPhotoTakesItStillAndASecondOneStays() async throws {
        let photo = try await house.publish(try house.drop("a.jpg", "a"), keeper, .photo)
        #expect(try await keeper.follow(try house.drop("a.AAE", "edits"))?.stage == .published)
        #expect(try await keeper.follow(try house.drop("a.AAE", "others")) == nil)
        #expect(try house.files(in: house.incoming) == ["a.AAE": "others"])
        #expect(try kept(photo.id) == "edits")
        // Nobody who has not heard of it makes it undone.
        _ = try await keeper.rename(photo.id, caption: "A caption", collection: nil)
        _ = try await keeper.delete(photo.id)
        #expect(try LedgerReader(house.ledger).companion(of: photo.id) != nil)
        try await expectTheSameWhenMadeAnew()
    }

    @Test func ofATwinItGoesToTheOneWithTheBytes() async throws {
        let (first, _) = try await photo("a.HEIC", "other.AAE")
        let twin = try await house.take(try house.drop("b.HEIC", "a photo"), keeper)
        #expect(twin.stage == .awaitingTwin)
        #expect(try await keeper.follow(try house.drop("b.AAE", "edits"))?.id == first.id)
        // The edits of another one are no edits of this one's.
        #expect(try await keeper.follow(try house.drop("a.AAE", "other edits")) == nil)
        #expect(try kept(first.id) == "edits" && kept(twin.id) == nil)
        #expect(try house.files(in: house.incoming)["a.AAE"] == "other edits")
        try await expectTheSameWhenMadeAnew()
    }

    @Test func whatCannotBeRenamedIsCopied() async throws {
        let (photo, edits) = try await photo()
        link((house.incoming / "Loom/IMG_1.AAE").text, (house.scratch / "second name").text)
        #expect(try await keeper.follow(edits)?.id == photo.id)
        #expect(try house.files(in: house.incoming).isEmpty && kept(photo.id) == "edits")
        #expect(try read(house.scratch / "second name") == "edits")
    }

    // MARK: Going where the original goes

    @Test func itIsHandedBackAsItWasAndTriedAgainWithItsPhoto() async throws {
        let (photo, _) = try await photo()
        let path = house.incoming / "Loom/IMG_1.AAE"
        try Files.setMode(path, 0o604)
        if isRoot { try Files.setOwner(path, uid: 1234, gid: 1235) }
        let before = try #require(try Files.status(of: path))
        let edits = try #require(
            try Claim.inspect(Path("Loom/IMG_1.AAE"), in: house.incoming, as: before, within: anySize)?.source)
        _ = try await keeper.follow(edits)
        // Another one of its photo's name stands there.
        try house.scratch.file("incoming/Problems/Loom/IMG_1.HEIC", "another")
        _ = try await keeper.handBack(photo, Refusal(.corrupt))
        let place = Path("Problems/Loom/IMG_1 (2).AAE")
        let status = try #require(try Files.status(of: house.incoming / place))
        #expect(edits.isSameFile(as: edits) && status.inode == edits.inode && status.mode == 0o604)
        #expect((status.uid, status.gid) == (edits.uid, edits.gid))
        #expect(try house.originals().isEmpty && LedgerReader(house.ledger).companion(of: photo.id) == nil)
        try await expectTheSameWhenMadeAnew()
        let again = try house.keeper()
        _ = try await again.tryAgain(photo.id)
        let drop = try house.files(in: house.incoming)
        #expect(drop["Loom/IMG_1.HEIC"] == "a photo" && drop["Loom/IMG_1.AAE"] == "edits")
        #expect(drop.count == 3)
    }

    @Test func itGoesWithTheOriginalAndWithWhatIsPurged() async throws {
        var ids: [AssetID] = []
        for name in ["a", "b"] {
            ids.append(try await house.publish(try house.drop("\(name).jpg", name), keeper, .photo).id)
            _ = try await keeper.follow(try house.drop("\(name).aae", "edits of \(name)"))
        }
        #expect(try house.originals().count == 4)
        _ = try await keeper.removeOriginal(of: ids[0])
        #expect(try house.originals() == ["b", "edits of b"])
        _ = try await keeper.delete(ids[1])
        #expect(try house.originals() == ["b", "edits of b"])
        _ = try await keeper.purge(ids[1], deletedBefore: Clock.now())
        #expect(try house.originals().isEmpty)
        try await expectTheSameWhenMadeAnew()
    }

    @Test func noBackupHasItThatBeganBeforeItCame() async throws {
        let photo = try await house.publish(try house.drop("a.jpg", "a"), keeper, .photo)
        let whole = try #require(try await keeper.receivedWhole(photo.id))
        usleep(5000)
        _ = try await keeper.follow(try house.drop("a.AAE", "edits"))
        #expect(try #require(try await keeper.receivedWhole(photo.id)) > whole)
    }

    // MARK: After a crash

    enum Cut: CaseIterable { case begun, renamed, copied, told }

    @Test(arguments: Cut.allCases) func followingIsWhatTheTreeSays(_ cut: Cut) async throws {
        let (photo, edits) = try await photo()
        let place = house.layout.companion(of: photo.id)
        let path = house.incoming / edits.path
        if cut == .told {
            let position = try Ledger(house.ledger).recordPosition
            _ = try await keeper.follow(edits)
            try Ledger(house.ledger).setRecordPosition(day: position.day, offset: position.offset)
        } else {
            var fact = Fact(at: Clock.now(), id: photo.id, what: .following)
            fact.companion = edits
            try house.record(fact)
        }
        if cut == .renamed { try Files.rename(path, to: place) }
        if cut == .copied { try write(place, Array("edits".utf8)) }
        let going = try await house.start().going
        #expect(going.map(\.id) == [photo.id] && going.first?.source == photo.source)
        let fields = try house.everyField()
        #expect(try await house.start().acts == 0)
        #expect(try house.everyField() == fields)
        if cut == .begun {
            #expect(try read(path) == "edits" && kept(photo.id) == nil)
            #expect(try house.facts().last?.what == .leftAlone)
            // It is found again.
            #expect(try await house.keeper().follow(edits)?.id == photo.id)
        }
        #expect(try house.files(in: house.incoming).isEmpty && kept(photo.id) == "edits")
        #expect(try Files.status(of: place)?.mode == 0o440)
        let events = try LedgerReader(house.ledger).events(of: photo.id).map(\.what)
        #expect(events == [.ingestion, .digest, .companion])
        #expect(try LedgerReader(house.ledger).companion(of: photo.id) != nil)
        try await expectTheSameWhenMadeAnew()
    }

    /// Cut off between the photo and what stands beside it; with a copy, or without.
    @Test(arguments: [false, true]) func handingBackIsBroughtToItsEnd(_ isCopied: Bool) async throws {
        let (photo, edits) = try await photo()
        _ = try await keeper.follow(edits)
        let place = Path("Problems/Loom/IMG_1.HEIC")
        try house.record(
            Fact(at: Clock.now(), id: photo.id, what: .handingBack, refusal: Refusal(.corrupt), to: place))
        try Files.makeFolders(house.incoming / place.parent)
        try Files.rename(house.layout.original(of: photo)!, to: house.incoming / place)
        if isCopied { try house.scratch.file("incoming/Problems/Loom/IMG_1.AAE", "edits") }
        for _ in 0..<2 { #expect(try await house.start().going.isEmpty) }
        #expect(
            try Set(house.files(in: house.incoming).keys) == [
                "Problems/Loom/IMG_1.HEIC", "Problems/Loom/IMG_1.HEIC.txt", "Problems/Loom/IMG_1.AAE",
            ])
        #expect(try house.originals().isEmpty)
    }

    @Test(arguments: [Fact.What.purged, .originalRemoved])
    func goingIsBroughtToItsEnd(_ what: Fact.What) async throws {
        let photo = try await house.publish(try house.drop("a.jpg", "a"), keeper, .photo)
        _ = try await keeper.follow(try house.drop("a.AAE", "edits"))
        if what == .purged { _ = try await keeper.delete(photo.id) }
        var fact = Fact(at: Clock.now(), id: photo.id, what: what, original: photo.original)
        if what == .purged { fact.sidecar = Sidecar(of: photo) }
        try house.record(fact)
        try Files.unlink(house.layout.original(of: photo)!)
        try await house.start()
        #expect(try house.originals().isEmpty)
        #expect(try LedgerReader(house.ledger).companion(of: photo.id) == nil)
        #expect(try await house.start().acts == 0)
    }

    @Test func withoutTheRecordItIsKnownAsAPhotosAndIsNoPhotoItself() async throws {
        let photo = try await house.publish(try house.drop("Loom/a.jpg", "a"), keeper, .photo)
        _ = try await keeper.follow(try house.drop("Loom/a.AAE", "edits"))
        let taken = try await house.take(try house.drop("b.heic", "b"), keeper)
        _ = try await keeper.follow(try house.drop("b.AAE", "edits of b"))
        try Files.removeTree(house.layout.record)
        // And one of which the photo is gone.
        let stray = house.layout.companion(of: makeID())
        try Files.makeFolders(stray.parent)
        try write(stray, Array("stray".utf8))
        try await house.rebuild()
        #expect(try house.rows().map(\.id) == [photo.id, taken.id])
        #expect(try read(stray) == "stray")
        let next = try house.keeper()
        let again = try #require(try await next.asset(taken.id))
        _ = try await next.handBack(again, Refusal(.corrupt))
        // Of an original that nobody tells of only its name in the library is left.
        let drop = try house.files(in: house.incoming)
        #expect(drop.values.contains("edits of b"))
        #expect(drop["Problems/\(taken.id).AAE"] == "edits of b")
        #expect(try kept(photo.id) == "edits" && kept(taken.id) == nil)
    }

    /// Somebody else may write into the record.
    @Test func aLineThatLeadsOutOfTheDropFolderIsIgnored() async throws {
        let (photo, edits) = try await photo()
        var fact = Fact(at: Clock.now(), id: photo.id, what: .following)
        fact.companion = edits
        fact.companion?.path = Path("../outside.AAE")
        #expect(!fact.isSound)
    }
}
