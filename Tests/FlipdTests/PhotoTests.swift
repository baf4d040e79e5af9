// A photo is one job: from `previewing` straight to its publication, by the same three beats as ever.
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct PhotoTests {
    private let house: House

    init() throws { house = try House() }

    /// Where power fails.
    enum Cut: CaseIterable {
        case working, sealed, begun, renamed, closed, told

        /// Whether the tree says that it is published.
        var isPublished: Bool {
            switch self {
            case .working, .sealed, .begun: false
            case .renamed, .closed, .told: true
            }
        }
    }

    /// Brings a photo as far as that. What the ledger says is what it would say then.
    private func bring(to cut: Cut) async throws -> Asset {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("Loom/a.HEIC"), keeper)
        if cut == .working {
            let step = try #require(taken.stage.after(.jobStarted, attempts: 0))
            let folder = house.layout.preview(of: taken.id)
            let asset = try await keeper.beginJob(taken, step, in: folder)
            try write(folder / "\(asset.id).jpg", [4])
            return asset
        }
        let (sealed, attempt) = try await house.photo(taken, keeper)
        if cut == .told {
            let position = try Ledger(house.ledger).recordPosition
            let published = try #require(try await keeper.publish(sealed, from: attempt, events: []))
            // The record is read once more from before.
            try Ledger(house.ledger).setRecordPosition(day: position.day, offset: position.offset)
            return published
        }
        if cut != .sealed { try house.record(Fact(at: Clock.now(), id: sealed.id, what: .publishing)) }
        let folder = house.layout.folder(of: sealed.id)
        if cut.isPublished {
            try Files.makeFolders(folder.parent)
            try Files.rename(attempt, to: folder)
        }
        if cut == .closed { try Publish.close(folder) }
        return sealed
    }

    @Test(arguments: Cut.allCases) func whereverPowerFailsItIsPublishedOnceAndWhole(_ cut: Cut) async throws {
        let asset = try await bring(to: cut)
        let (_, _, going) = try await house.start()
        #expect(going.map(\.stage) == (cut.isPublished ? [] : [.taken]))
        #expect(try Files.list(house.layout.staging).isEmpty, "half a photo is not kept")
        let (keeper, acts, again) = try await house.start()
        #expect(acts == 0 && again.map(\.id) == going.map(\.id))
        if let taken = going.first {
            #expect(taken.attempts == 0 && taken.renditions.isEmpty)
            #expect(try house.published().isEmpty && house.originals() == ["some bytes"])
            let (sealed, attempt) = try await house.photo(taken, keeper)
            _ = try await keeper.publish(sealed, from: attempt, events: [])
        }
        let row = try #require(try await keeper.asset(asset.id))
        let folder = house.layout.folder(of: asset.id)
        #expect(row.stage == .published && row.media?.kind == .photo && row.madeWith == ["flipd": "test"])
        #expect(row.renditions.map(\.role) == [.main, .poster, .thumb, .box(150), .box(300), .box(800)])
        #expect(try Fixity.check(row, in: house.layout).damage == [])
        #expect(try Files.status(of: folder)?.mode == 0o555)
        #expect(try house.originals() == ["some bytes"])
        let events = try LedgerReader(house.ledger).events(of: asset.id).map(\.what)
        #expect(events == [.ingestion, .digest, .publication], "it never was a preview")
        let before = try house.everyField()
        try await house.rebuild()
        #expect(try house.everyField() == before)
    }

    @Test func aPublicationThatFailedIsMadeAgainWhileFlipdRuns() async throws {
        let keeper = try house.keeper()
        let taken = try await house.take(try house.drop("a.JPG"), keeper)
        let (sealed, attempt) = try await house.photo(taken, keeper)
        // A file stands where the day's folder has to be.
        let year = house.layout.media / "\(sealed.id.dayFolder.prefix(4))"
        try write(year, [])
        await #expect(throws: (any Error).self) { try await keeper.publish(sealed, from: attempt, events: []) }
        #expect(await keeper.isBroken(sealed.id))
        try Files.unlink(year)
        let (repaired, failure) = try await keeper.repairBroken()
        #expect(failure == nil && repaired.map(\.asset.stage) == [.taken])
        let again = try await house.photo(try #require(repaired.first).asset, keeper)
        #expect(try await keeper.publish(again.asset, from: again.attempt, events: [])?.stage == .published)
    }

    @Test func aDamagedOneIsMadeAnewUnderItsId() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.JPG"), keeper, .photo)
        let folder = house.layout.folder(of: asset.id)
        try Files.setMode(folder, 0o755)
        try Files.unlink(folder / "\(asset.id)-300.jpg")
        let check = try Fixity.check(asset, in: house.layout)
        #expect(check.damage.map(\.file) == ["\(asset.folder)/\(asset.id)-300.jpg"])
        _ = try await keeper.note([check])
        let remade = try #require(try await keeper.remake(asset))
        #expect(remade.stage == .taken && remade.renditions.isEmpty)
        let (sealed, attempt) = try await house.photo(remade, keeper)
        // Power fails on the way: the damaged one is kept until there is a better one.
        let (next, _, going) = try await house.start()
        #expect(going.map(\.id) == [asset.id] && sealed.id == asset.id)
        #expect(try names(in: house.layout.staging) == ["\(asset.id).damaged"])
        #expect(try !Files.exists(attempt))
        let last = try await house.photo(going[0], next)
        let published = try #require(try await next.publish(last.asset, from: last.attempt, events: []))
        #expect(try Fixity.check(published, in: house.layout).damage == [])
        #expect(try Files.list(house.layout.staging).isEmpty)
        let before = try house.everyField()
        try await house.rebuild()
        #expect(try house.everyField() == before)
    }

    @Test func aDamagedOneThatCannotBeMadeAnewIsPublishedAsItWas() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("a.JPG"), keeper, .photo)
        let remade = try #require(try await keeper.remake(asset))
        let back = try #require(try await keeper.handBack(remade, Refusal(.tooManyPixels)))
        #expect(back.stage == .published && back.renditions == asset.renditions)
        #expect(try house.originals() == ["some bytes"] && house.files(in: house.incoming).isEmpty)
    }

    @Test func itsTwinWaitsForItAndBecomesADuplicate() async throws {
        let keeper = try house.keeper()
        let first = try await house.take(try house.drop("a.JPG"), keeper)
        let second = try await house.take(try house.drop("b.jpg"), keeper)
        #expect(second.stage == .awaitingTwin)
        let (sealed, attempt) = try await house.photo(first, keeper)
        // Its folder is whole, and is not published.
        await #expect(throws: Fault.self) { try await keeper.discardTwin(second, of: first.id) }
        _ = try await keeper.publish(sealed, from: attempt, events: [])
        #expect(try await keeper.discardTwin(second, of: first.id)?.stage == .duplicate)
    }

    @Test func withoutTheRecordItsFolderTells() async throws {
        let keeper = try house.keeper()
        let asset = try await house.publish(try house.drop("Loom/a.JPG"), keeper, .photo)
        try Files.removeTree(house.layout.record)
        try await house.rebuild()
        let row = try #require(try house.rows().first)
        #expect(row.stage == .published && row.media == asset.media && row.renditions == asset.renditions)
    }

    /// rsync was cut off between the sidecar and a picture.
    @Test func aFolderThatWasCopiedInPartIsMadeAnewFromItsOriginal() async throws {
        let asset = try await house.publish(try house.drop("a.JPG"), try house.keeper(), .photo)
        let folder = house.layout.folder(of: asset.id)
        try Files.setMode(folder, 0o755)
        try Files.unlink(folder / "\(asset.id)-800.jpg")
        try Files.removeTree(house.layout.record)
        try await house.rebuild()
        let (keeper, _, going) = try await house.start()
        #expect(going.map(\.id) == [asset.id])
        let (sealed, attempt) = try await house.photo(going[0], keeper)
        #expect(try await keeper.publish(sealed, from: attempt, events: [])?.stage == .published)
        #expect(try Fixity.check(sealed, in: house.layout).damage == [])
    }
}
