// The keeper's acts without a crash, and acts that failed while flipd went on.
import Glibc
import Ingest
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct KeeperTests {
    private let house: House

    init() throws { house = try House() }

    @Test func aFileWalksFromDropToPublication() async throws {
        let keeper = try house.keeper()
        let odd = Path(bytes: Array("Loom/ref=7/".utf8) + [0xFF, 0x0A] + Array(".MOV".utf8))
        let published = try await house.publish(try house.source(at: odd, [1, 2]), keeper)
        #expect(published.stage == .published)
        #expect(try house.files(in: house.incoming).isEmpty)
        let original = try #require(try Files.status(of: house.layout.original(of: published)!))
        #expect(original.mode == 0o440 && original.bytes == 2)
        #expect(try house.published() == ["\(published.id.dayFolder)/\(published.id)"])
        #expect(try Files.list(house.layout.staging).isEmpty)
        #expect(try house.facts().map(\.what) == [.taking, .received, .previewed, .publishing])
        #expect(try house.facts().first?.source?.path == odd)
        let events = try LedgerReader(house.ledger).events(of: published.id)
        #expect(events.map(\.what) == [.ingestion, .digest, .preview, .publication])
    }

    /// A copy whose row could not be written: its source stands in the drop folder until that is repaired.
    @Test func aSourceThatIsOnItsWayIsNotTakenASecondTime() async throws {
        let keeper = try house.keeper()
        let source = try house.drop("a.mov")
        // Another name of the file, so that it is copied.
        try Files.copyStaged(house.incoming / "a.mov", to: house.scratch / "elsewhere.mov")
        let taking = try await keeper.beginTaking(source)
        try Claim.copy(source, from: house.incoming, to: try #require(taking.copyAt))
        try await keeper.place(taking)
        await keeper.failed(taking.act)
        await #expect(throws: TakingFailure.self) { try await keeper.beginTaking(source) }
        await #expect(throws: TakingFailure.self) {
            try await keeper.handBack(untaken: source, Refusal(.tooLarge))
        }
        _ = try await keeper.repairBroken()
        #expect(try house.rows().map(\.stage) == [.taken])
        #expect(try house.files(in: house.incoming).isEmpty)
    }

    @Test func aFaultKeepsItsProblem() {
        #expect(Fault(Refusal(.diskFull) as any Error).refusal == Refusal(.diskFull))
        let full = Fault(Errno(ENOSPC, "write"))
        #expect(full.refusal.problem == .diskFull && full.detail == "write: No space left on device.")
    }

    @Test func aFileThatIsHandedBackIsAsItWas() async throws {
        let keeper = try house.keeper()
        try house.scratch.file("incoming/Loom/a.mov", "some bytes")
        try Files.setMode(house.incoming / "Loom/a.mov", 0o664)
        if isRoot { try Files.setOwner(house.incoming / "Loom/a.mov", uid: 1234, gid: 1235) }
        let before = try #require(try Files.status(of: house.incoming / "Loom/a.mov"))
        let source = try #require(
            try Claim.inspect(Path("Loom/a.mov"), in: house.incoming, as: before, within: anySize)?.source)
        let asset = try await house.take(source, keeper)
        let handedBack = try #require(try await keeper.handBack(asset, Refusal(.corrupt)))
        #expect(try await keeper.handBack(asset, Refusal(.corrupt)) == nil, "it has ended before")
        #expect(handedBack.state == .failed && handedBack.original == nil)
        let after = try #require(try Files.status(of: house.incoming / "Problems/Loom/a.mov"))
        #expect(after.isSame(as: before))
        #expect((after.uid, after.gid, after.mode) == (before.uid, before.gid, 0o664))
        let again = try await keeper.tryAgain(asset.id)
        #expect(again.handedBackTo == nil && again.stage == .handedBack)
        #expect(try house.files(in: house.incoming) == ["Loom/a.mov": "some bytes"])
        await #expect(throws: Keeper.NoChange.self) { try await keeper.tryAgain(asset.id) }
    }

    @Test func aTwinWaitsAndBecomesADuplicate() async throws {
        let keeper = try house.keeper()
        let first = try await house.take(try house.drop("a.mov"), keeper)
        let second = try await house.take(try house.drop("b.mov"), keeper)
        #expect(second.stage == .awaitingTwin && second.duplicateOf == first.id)
        // Nothing is removed while the twin is not published.
        await #expect(throws: Fault.self) { try await keeper.discardTwin(second, of: first.id) }
        #expect(try house.originals().count == 2)
        let previewed = try await house.preview(first, keeper)
        let (sealed, attempt) = try await house.transcode(previewed, keeper)
        _ = try await keeper.publish(sealed, from: attempt, events: [])
        #expect(try await keeper.awaiting(twin: second.sha256!).map(\.id) == [second.id])
        let duplicate = try #require(try await keeper.discardTwin(second, of: first.id))
        #expect(duplicate.state == .duplicate && duplicate.original == nil)
        #expect(try house.originals() == ["some bytes"])
        #expect(try await keeper.awaiting(twin: second.sha256!).isEmpty)
        let third = try await house.take(try house.drop("c.mov"), keeper)
        #expect(third.duplicateOf == first.id)
    }

    @Test func aSourceThatChangedIsLeftAlone() async throws {
        let keeper = try house.keeper()
        let source = try house.drop("a.mov")
        try house.scratch.file("incoming/a.mov", "other, longer bytes")
        await #expect(throws: TakingFailure.self) { try await keeper.beginTaking(source) }
        #expect(try house.files(in: house.incoming) == ["a.mov": "other, longer bytes"])
        #expect(try house.rows().isEmpty && house.originals().isEmpty)
        #expect(try house.facts().map(\.what) == [.taking, .leftAlone])
        #expect(try await house.start().acts == 0)
    }

    @Test func aFileWithSeveralNamesIsCopied() async throws {
        let keeper = try house.keeper()
        let source = try house.drop("a.mov")
        link((house.incoming / "a.mov").text, (house.scratch / "second name").text)
        let asset = try await house.take(source, keeper)
        #expect(try house.files(in: house.incoming).isEmpty)
        #expect(try read(house.scratch / "second name") == "some bytes")
        let (original, other) = (
            try Files.status(of: house.layout.original(of: asset)!),
            try Files.status(of: house.scratch / "second name")
        )
        #expect(original?.inode != other?.inode)
        #expect(try Ledger(house.ledger).sourcesLeft().isEmpty)
    }

    @Test func withoutItsMarkerNothingBegins() async throws {
        let keeper = try house.keeper()
        let source = try house.drop("a.mov")
        try write(house.layout.marker, Array("another\n".utf8))
        await #expect(throws: TakingFailure.self) { try await keeper.beginTaking(source) }
        #expect(try house.facts().isEmpty)
        #expect(try house.files(in: house.incoming) == ["a.mov": "some bytes"])
        await #expect(throws: Fault.self) { try await keeper.reconcile() }
        try write(house.layout.marker, Array("\(house.id)\n".utf8))
        #expect(try await house.take(source, keeper).stage == .taken)
    }

    // MARK: Acts that failed

    @Test func whatFailsAfterTheRenameIsNotLost() async throws {
        let keeper = try house.keeper()
        let taking = try await keeper.beginTaking(try house.drop("a.mov"))
        // The rename worked; the sync after it did not.
        let failure = await keeper.leave(taking, .cannot(Errno(EIO, "fsync")))
        guard case .fault = failure else { return #expect(Bool(false), "\(failure)") }
        let (going, remaining) = try await keeper.repairBroken()
        #expect(going.map(\.asset.id) == [taking.id] && remaining == nil)
        #expect(try house.rows().map(\.stage) == [.taken])
        #expect(try await house.start().acts == 0)
    }

    @Test func aPublicationThatFailedGoesOnWhileFlipdRuns() async throws {
        let keeper = try house.keeper()
        let previewed = try await house.preview(
            try await house.take(try house.drop("a.mov"), keeper), keeper)
        let (sealed, attempt) = try await house.transcode(previewed, keeper)
        // A file stands where the day's folder has to be.
        let year = house.layout.media / "\(sealed.id.dayFolder.prefix(4))"
        try write(year, [])
        await #expect(throws: (any Error).self) { try await keeper.publish(sealed, from: attempt, events: []) }
        #expect(await keeper.isBroken(sealed.id))
        try Files.unlink(year)
        let (repaired, failure) = try await keeper.repairBroken()
        #expect(failure == nil)
        #expect(repaired.map(\.asset.stage) == [.previewed], "it can be transcoded again")
        #expect(await !keeper.isBroken(sealed.id))
        #expect(try await keeper.repairBroken().repaired.isEmpty)
    }

    @Test func aHandBackThatFailedIsDoneLaterAndHoldsUpNoOther() async throws {
        let keeper = try house.keeper()
        let first = try await house.take(try house.drop("Loom/a.mov", "a"), keeper)
        let second = try await house.take(try house.drop("b.mov", "b"), keeper)
        // Somebody put a file where `Problems/Loom` has to be.
        try house.scratch.folder("incoming/Problems")
        await #expect(throws: (any Error).self) {
            try house.scratch.file("incoming/Problems/Loom")
            return try await keeper.handBack(first, Refusal(.corrupt))
        }
        _ = try await keeper.handBack(second, Refusal(.corrupt))
        #expect(try house.originals() == ["a"])
        try Files.unlink(house.incoming / "Problems/Loom")
        if await keeper.isBroken(first.id) {
            #expect(try await keeper.repairBroken().failure == nil)
        } else {
            _ = try await keeper.handBack(first, Refusal(.corrupt))
        }
        #expect(try house.rows().map(\.stage) == [.handedBack, .handedBack])
        #expect(try house.files(in: house.incoming)["Problems/Loom/a.mov"] == "a")
    }

    @Test func theLedgerNeverSaysMoreThanWhatIsDone() async throws {
        let keeper = try house.keeper()
        let open = try await keeper.beginTaking(try house.drop("a.mov", "a"))
        for number in 0..<20 { _ = try await house.take(try house.drop("b\(number).mov", "\(number)"), keeper) }
        let position = try Ledger(house.ledger).recordPosition
        #expect(Record.Position(day: position.day, offset: position.offset) == open.act)
        // A crash now: the oldest act is found, and nothing is done twice.
        let going = try await house.start().going
        #expect(going.count == 21 && going.contains { $0.id == open.id })
        #expect(try house.rows().count == 21)
    }

    @Test func aSourceThatCannotBeRemovedIsTakenOnce() async throws {
        let keeper = try house.keeper()
        // As after a copy whose source could not be unlinked.
        let source = try house.drop("a.mov")
        var asset = leanAsset(await keeper.newID(at: Clock.now()))
        asset.source = source
        asset.sha256 = SHA256.digest(of: Array("some bytes".utf8))
        asset.original = Asset.original(of: asset.id, name: source.path)
        try Files.makeFolders((house.layout.root / asset.original!).parent)
        try write(house.layout.root / asset.original!, Array("some bytes".utf8))
        try Ledger(house.ledger).put(asset, sourceLeft: true)
        // Its row is written again and again on its way.
        let published = try await house.transcode(try await house.preview(asset, keeper), keeper)
        _ = try await keeper.publish(published.0, from: published.1, events: [])
        await #expect(throws: TakingFailure.self) { try await keeper.beginTaking(source) }
        #expect(try house.rows().count == 1)
        #expect(try house.files(in: house.incoming).isEmpty)
        #expect(try Ledger(house.ledger).sourcesLeft().isEmpty)
        // Another file under the same name is taken.
        let next = try house.drop("a.mov", "next bytes")
        #expect(try await house.take(next, keeper).stage == .taken)
    }

    @Test func aLeftSourceIsOnlyRemovedIfItIsTheSame() async throws {
        var asset = leanAsset()
        asset.source = try house.drop("a.mov")
        asset.sha256 = makeDigest(1)
        asset.original = "originals/x.mov"
        try write(house.layout.root / "originals/x.mov", [1])
        try Ledger(house.ledger).put(asset, sourceLeft: true)
        try house.scratch.file("incoming/a.mov", "written anew")
        try await house.start()
        #expect(try house.files(in: house.incoming) == ["a.mov": "written anew"])
    }

    /// The same file, dropped again, may be the better one.
    @Test func whereTheTwinIsDamagedTheBytesAreKept() async throws {
        let keeper = try house.keeper()
        let first = try await house.publish(try house.drop("a.mov"), keeper)
        let main = house.layout.folder(of: first.id) / "\(first.id).mp4"
        try write(main, [4, 5, 7], mode: 0o444)
        #expect(try await keeper.note([try Fixity.check(first, in: house.layout)]).first?.damage.count == 1)
        let second = try await house.take(try house.drop("b.mov"), keeper)
        #expect(second.stage == .awaitingTwin)
        let alone = try #require(try await keeper.discardTwin(second, of: first.id))
        #expect(alone.stage == .taken && alone.duplicateOf == nil)
        #expect(try house.originals() == ["some bytes", "some bytes"])
    }

    @Test func aClockThatIsFarBehindDatesNoDeletion() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.mov"), keeper)
        var ahead = asset
        ahead.endedAt = Clock.now() + 86400 * 9000
        try Ledger(house.ledger).put(ahead)
        #expect(try await keeper.delete(asset.id).deletedAt == ahead.endedAt)
        #expect(try await keeper.purge(asset.id, deletedBefore: Clock.now()) == nil)
    }

    @Test func whatIsDeletedGoesToTheTrashAndComesBack() async throws {
        let keeper = try house.keeper()
        _ = try await house.publish(try house.drop("a.mov"), keeper)
        let asset = try #require(try house.rows().first)
        let tree = try house.files(in: house.layout.media)
        let deleted = try await keeper.delete(asset.id)
        #expect(deleted.state == .deleted && deleted.original == asset.original)
        #expect(try house.published().isEmpty && Files.exists(house.layout.trash(of: asset.id)))
        await #expect(throws: Keeper.NoChange.self) { try await keeper.delete(asset.id) }
        let restored = try await keeper.restore(asset.id)
        #expect(restored.stage == .published)
        #expect(try house.rows().map(essence) == [essence(asset)])
        #expect(try house.files(in: house.layout.media) == tree)
        await #expect(throws: Keeper.NoChange.self) { try await keeper.restore(asset.id) }
        await #expect(throws: Keeper.NoChange.self) { try await keeper.delete(makeID()) }
    }

    @Test func aTwinOfWhatIsInTheTrashWaitsUntilThatIsBack() async throws {
        let keeper = try house.keeper()
        let first = try await house.publish(try house.drop("a.mov"), keeper)
        _ = try await keeper.delete(first.id)
        let second = try await house.take(try house.drop("b.mov"), keeper)
        #expect(second.stage == .awaitingTwin && second.duplicateOf == first.id)
        let waiting = try #require(try await keeper.discardTwin(second, of: first.id))
        #expect(waiting.stage == .awaitingTwin, "its bytes are not thrown away")
        #expect(try house.originals().count == 2)
        _ = try await keeper.restore(first.id)
        #expect(try await keeper.discardTwin(second, of: first.id)?.stage == .duplicate)
        #expect(try house.originals().count == 1)
    }

    @Test func whoHadItOpenWhenItWasTakenIsWaitedForAndNothingItWritesIsLost() async throws {
        let keeper = try house.keeper()
        let reading = Reading(
            layout: house.layout, incoming: house.incoming, limits: anySize, thread: try WorkThread())
        let source = try house.drop("a.mov")
        // It had waited in open() while flipd asked, and goes on in a file that was renamed meanwhile.
        let writer = try Files.openForAppending(house.incoming / "a.mov", mode: 0o644)
        let taking = try await keeper.beginTaking(source)
        let original = house.layout.root / taking.original
        #expect(try Files.exists(original) && house.files(in: house.incoming).isEmpty)
        #expect(try await reading.hash(original) == nil)
        try Files.write(Array(" and more".utf8), to: writer)
        #expect(try await reading.hash(original) == nil)
        try writer.close()
        let hashed = try #require(try await reading.hash(original))
        let asset = try await keeper.receive(
            taking, hashed.digest, bytes: hashed.bytes, seconds: hashed.seconds)
        #expect(asset.source.bytes == 19)
        #expect(asset.sha256 == SHA256.digest(of: Array("some bytes and more".utf8)))
    }
}
