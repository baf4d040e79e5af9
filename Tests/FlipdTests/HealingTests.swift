// Checks in record and ledger, and bringing back what is damaged: from a backup copy, from the ledger, from the original.
import Ledger
import Library
import Model
import Platform
import Scratch
import Testing

@testable import flipd

@Suite struct HealingTests {
    private let house: House
    private let keeper: Keeper
    private let asset: Asset
    private let backup: Path

    init() async throws {
        house = try House()
        keeper = try house.keeper()
        asset = try await house.publish(try house.drop("Loom/a.mov"), keeper)
        // As a backup copies it.
        backup = house.scratch / "backup"
        for (file, text) in try house.files(in: house.layout.root) where !file.hasPrefix(".staging") {
            try house.scratch.file(Path("backup/\(file)"), Array(text.utf8))
        }
    }

    private var folder: Path { house.layout.folder(of: asset.id) }
    private var main: String { "\(asset.folder)/\(asset.id).mp4" }
    private var sidecar: String { "\(asset.folder)/\(asset.id).json" }

    private func heal(_ check: Fixity.Check, from backup: Path?) async throws -> Healing.Left {
        var fetch: Fetch?
        if let backup {
            let copy = BackupDestination.folder(backup)
            fetch = { file, staged in try copy.fetch(file, to: staged) }
        }
        let healing = Healing(keeper: keeper, layout: house.layout, thread: try WorkThread())
        return try await healing.heal(check, from: fetch)
    }

    private func check(_ asset: Asset? = nil) throws -> Fixity.Check {
        try Fixity.check(asset ?? self.asset, in: house.layout)
    }

    private func damage(_ file: String, below root: Path? = nil) throws {
        let path = (root ?? house.layout.root) / file
        var bytes = try Files.read(path, limit: 1 << 20)
        bytes[bytes.count / 2] ^= 1
        try Files.setMode(path.parent, 0o755)
        try write(path, bytes, mode: 0o444)
        try Files.setMode(path.parent, 0o555)
    }

    private func expectWell(_ before: [String: String]) throws {
        #expect(try check().damage == [])
        #expect(try house.files(in: house.layout.media) == before)
        #expect(try Files.status(of: folder)?.mode == 0o555)
        for name in try names(in: folder) { #expect(try Files.status(of: folder / name)?.mode == 0o444) }
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    // MARK: From a backup copy

    @Test func everyFileComesBackFromTheBackupCopy() async throws {
        let before = try house.files(in: house.layout.media)
        for file in house.layout.files(of: asset) {
            try damage(file)
            let left = try await heal(try check(), from: backup)
            #expect(left.files == [], "\(file)")
            try expectWell(before)
        }
        let told = try house.facts().filter { $0.what == .healing }
        #expect(told.map(\.file) == house.layout.files(of: asset).map { Optional($0) })
        #expect(Set(told.map(\.from)) == ["the backup copy"])
        let events = try LedgerReader(house.ledger).events(of: asset.id).filter { $0.what == .healing }
        #expect(events.first?.detail == "\(main), from the backup copy")
    }

    @Test func aFolderThatIsGoneComesBackWhole() async throws {
        let before = try house.files(in: house.layout.media)
        try Files.setMode(folder, 0o755)
        try Files.removeTree(folder)
        #expect(try await heal(try check(), from: backup).files == [])
        try expectWell(before)
    }

    @Test func anOriginalComesBackAsItWas() async throws {
        let original = asset.original!
        try Files.unlink(house.layout.root / original)
        #expect(try await heal(try check(), from: backup).files == [])
        #expect(try read(house.layout.root / original) == "some bytes")
        #expect(try Files.status(of: house.layout.root / original)?.mode == 0o440)
        #expect(try Files.status(of: (house.layout.root / original).parent)?.mode == 0o755)
    }

    @Test func aBackupCopyThatIsDamagedTooIsNotUsed() async throws {
        try damage(main)
        try damage(main, below: backup)
        let now = try read(house.layout.root / main)
        let left = try await heal(try check(), from: backup)
        #expect(left == Healing.Left(files: [main], backup: "the backup copy is not what it was either"))
        #expect(try read(house.layout.root / main) == now)
        #expect(try house.facts().filter { $0.what == .healing }.isEmpty)
        #expect(try Files.list(house.layout.staging).isEmpty)
    }

    @Test func aBackupCopyOfBeforeItWasDeletedServesTheTrash() async throws {
        let deleted = try await keeper.delete(asset.id)
        try damage("trash/\(asset.id)/\(asset.id)-thumb.jpg")
        #expect(try await heal(try check(deleted), from: backup).files == [])
        #expect(try check(deleted).damage == [])
        #expect(try Files.status(of: house.layout.trash(of: asset.id))?.mode == 0o555)
    }

    @Test func aBackupDiskThatIsNotConnectedIsNoFault() async throws {
        try damage(main)
        let left = try await heal(try check(), from: house.scratch / "nowhere")
        #expect(left.files == [main])
        #expect(
            left.backup
                == "the backup copy cannot be read (No such file or directory); perhaps its disk is not connected"
        )
    }

    // MARK: From the ledger

    @Test(arguments: ["SHA256SUMS", "sidecar", "both"]) func thePapersAreWrittenAnewFromTheRow(_ which: String)
        async throws
    {
        let before = try house.files(in: house.layout.media)
        if which != "sidecar" { try damage("\(asset.folder)/SHA256SUMS") }
        if which != "SHA256SUMS" { try damage(sidecar) }
        #expect(try await heal(try check(), from: nil).files == [])
        try expectWell(before)
        #expect(try house.facts().filter { $0.what == .healing }.allSatisfy { $0.from == "the ledger" })
    }

    // MARK: From the original

    @Test func whatIsMadeAnewGoesTheOrdinaryWayUnderItsId() async throws {
        _ = try await keeper.note([try checkAfterDamage()])
        let remade = try #require(try await keeper.remake(asset))
        #expect(remade.stage == .taken && remade.renditions.isEmpty)
        #expect(try !Files.exists(folder))
        #expect(try LedgerReader(house.ledger).damage(of: asset.id) == [])
        let previewed = try await house.preview(remade, keeper)
        let (sealed, attempt) = try await house.transcode(previewed, keeper)
        let again = try #require(try await keeper.publish(sealed, from: attempt, events: []))
        #expect(again.folder == asset.folder)
        #expect(try check(again).damage == [])
        #expect(try Files.list(house.layout.staging).isEmpty)
        #expect(try house.originals() == ["some bytes"])
        #expect(try await house.start().going.isEmpty)
        // The record alone tells the same.
        let rows = try house.everyField()
        try await house.rebuild()
        #expect(try house.everyField() == rows)
        #expect(try LedgerReader(house.ledger).damage(of: asset.id) == [])
    }

    private func checkAfterDamage() throws -> Fixity.Check {
        try damage(main)
        return try check()
    }

    @Test(arguments: [false, true]) func aCrashWhileItIsMadeAnewIsBroughtToItsEnd(_ isRenamed: Bool)
        async throws
    {
        try house.record(Fact(at: Clock.now(), id: asset.id, what: .remaking))
        if isRenamed { try Publish.withdraw(folder, to: house.layout.damaged(of: asset.id)) }
        let (keeper, _, going) = try await house.start()
        #expect(going.map(\.id) == [asset.id])
        #expect(going.first?.stage == .taken)
        #expect(try !Files.exists(folder))
        // It is kept until there is a better one.
        #expect(try names(in: house.layout.staging) == ["\(asset.id).damaged"])
        let row = try await keeper.asset(asset.id)
        #expect(row?.stage == .taken)
    }

    @Test func whatCannotBeMadeAnewIsPublishedAsItWas() async throws {
        try damage(main)
        let before = try house.files(in: house.layout.media)
        _ = try await keeper.remake(asset)
        let (keeper, _, going) = try await house.start()
        let back = try #require(try await keeper.handBack(going[0], Refusal(.tooLong)))
        #expect(back.stage == .published && back.renditions == asset.renditions)
        #expect(try house.files(in: house.layout.media) == before)
        #expect(try Files.status(of: folder)?.mode == 0o555)
        #expect(try house.originals() == ["some bytes"])
        #expect(try house.files(in: house.incoming).isEmpty)
        #expect(try Files.list(house.layout.staging).isEmpty)
        #expect(try check(back).damage.map(\.file) == [main])
        let rows = try house.rows().map(essence)
        try await house.rebuild()
        #expect(try house.rows().map(essence) == rows)
    }

    @Test func aCrashInTheMiddleOfHealingLeavesAClosedFolder() async throws {
        try damage(main)
        try Files.setMode(folder, 0o755)
        try house.record(
            Fact(at: Clock.now(), id: asset.id, what: .healing, file: main, from: "the backup copy"))
        let (keeper, _, _) = try await house.start()
        #expect(try Files.status(of: folder)?.mode == 0o555)
        let row = try await keeper.asset(asset.id)
        #expect(row?.stage == .published)
        #expect(try check().damage.map(\.file) == [main])
    }
}
