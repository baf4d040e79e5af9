// What a check finds when a published folder, or its original, is not what it was.
import Model
import Platform
import Scratch
import Testing

@testable import Library

private let id = makeID()

@Suite struct FixityTests {
    private let scratch: Scratch
    private let layout: Layout
    private let asset: Asset

    init() throws {
        scratch = try Scratch()
        layout = Layout(root: scratch.path)
        var asset = fullAsset(id)
        asset.renditions = []
        let attempt = layout.attempt(0, of: id)
        for (role, bytes) in [(Rendition.Role.main, [UInt8](repeating: 7, count: 5000)), (.poster, [1, 2, 3])] {
            let name = role.file(of: id, kind: .video)
            try scratch.file(Path(".staging/\(id).0/\(name)"), bytes)
            asset.renditions += try Publish.measure(
                [MadeFile(role: role, width: 64, height: 36)], of: id, kind: .video, in: attempt)
        }
        asset.original = Asset.original(of: id, name: asset.source.path.name)
        asset.source.bytes = 6
        asset.sha256 = SHA256.digest(of: Array("a film".utf8))
        try scratch.file(asset.original!, "a film")
        try Publish.seal(asset, in: attempt)
        try Publish.move(attempt, to: layout.folder(of: id))
        self.asset = asset
    }

    private var folder: Path { layout.folder(of: id) }

    private func findings(_ asset: Asset? = nil) throws -> [String] {
        try Fixity.check(asset ?? self.asset, in: layout).damage.map {
            "\($0.what) \(Path($0.file).name.text): \($0.text)"
        }
    }

    private func change(_ path: Path, _ change: (inout [UInt8]) -> Void) throws {
        var bytes = try Files.read(path, limit: 1 << 20)
        change(&bytes)
        try Files.setMode(path.parent, 0o755)
        try write(path, bytes, mode: 0o444)
    }

    private func remove(_ path: Path) throws {
        try Files.setMode(path.parent, 0o755)
        try Files.unlink(path)
    }

    @Test func whatIsWellHasNoFindings() throws {
        var read = 0
        let check = try Fixity.check(asset, in: layout) { count in read += count }
        #expect(check.damage == [] && !check.isAbsent)
        let papers = try [Papers.sidecar(of: id), Papers.sums].map { try Files.status(of: folder / $0)!.bytes }
        #expect(read == 5000 + 3 + 6 + Int(papers.reduce(0, +)))
    }

    @Test func oneBitIsFoundInEveryFile() throws {
        for name in try names(in: folder) {
            try change(folder / name) { $0[$0.count / 2] ^= 1 }
            #expect(try findings() == ["damaged \(name): Its contents are not what they were."])
            try change(folder / name) { $0[$0.count / 2] ^= 1 }
            #expect(try findings() == [])
        }
        let original = layout.original(of: asset)!
        try change(original) { $0[0] ^= 0x80 }
        #expect(try findings() == ["damaged \(original.name.text): Its contents are not what they were."])
    }

    @Test func whatIsCutShortSaysSo() throws {
        try change(folder / "\(id).mp4") { $0.removeLast() }
        #expect(try findings() == ["damaged \(id).mp4: It has 4999 bytes and should have 5000."])
    }

    @Test func whatIsGoneIsMissing() throws {
        for name in try names(in: folder) {
            let bytes = try Files.read(folder / name, limit: 1 << 20)
            try remove(folder / name)
            let check = try Fixity.check(asset, in: layout)
            #expect(
                check.damage == [
                    Damage(file: "\(asset.folder)/\(name)", what: .missing, text: "It is missing.")
                ])
            #expect(check.isAbsent)
            try write(folder / name, bytes, mode: 0o444)
        }
        try remove(layout.original(of: asset)!)
        #expect(try findings() == ["missing \(id).mov: It is missing."])
    }

    @Test func aFolderThatIsGoneIsOneFinding() throws {
        try Files.rename(folder, to: scratch / "elsewhere")
        let check = try Fixity.check(asset, in: layout)
        #expect(
            check.damage == [Damage(file: asset.folder, what: .missing, text: "The whole folder is missing.")])
    }

    @Test func whatDoesNotBelongThereIsNamed() throws {
        try Files.setMode(folder, 0o755)
        try write(folder / "notes.txt", [1])
        #expect(try findings() == ["damaged notes.txt: It is no part of the archive. Take it out of there."])
    }

    @Test func aFileThatIsNoneIsDamaged() throws {
        try remove(folder / "\(id).mp4")
        try Files.makeFolder(folder / "\(id).mp4")
        #expect(try findings() == ["damaged \(id).mp4: It is no ordinary file."])
    }

    @Test func whatIsDeletedIsReadInTheTrash() throws {
        try Publish.move(published: folder, to: layout.trash(of: id))
        var asset = asset
        asset.stage = .deleted
        #expect(try findings(asset) == [])
        try change(layout.trash(of: id) / "\(id)-poster.jpg") { $0[0] = 9 }
        #expect(try Fixity.check(asset, in: layout).damage.map(\.file) == ["trash/\(id)/\(id)-poster.jpg"])
    }

    @Test func anOriginalThatWasRemovedIsNotMissing() throws {
        try remove(layout.original(of: asset)!)
        var asset = asset
        asset.original = nil
        #expect(try findings(asset) == [])
    }

    @Test func itStopsWhenItIsTold() throws {
        #expect(throws: Errno.stopped) {
            try Fixity.check(asset, in: layout) { _ throws(Errno) in throw .stopped }
        }
    }

    // MARK: Which sidecar is the right one

    private func papers() throws -> Papers {
        Papers(
            sidecar: try Files.read(folder / Papers.sidecar(of: id), limit: 1 << 20),
            sums: try Files.read(folder / Papers.sums, limit: 1 << 20))
    }

    private func right(_ asset: Asset? = nil, _ others: [Papers] = [], _ change: (inout Papers) -> Void) throws
        -> Bool
    {
        let whole = try papers()
        var found = whole
        change(&found)
        return found.rightSidecar(of: asset ?? self.asset, others: others) == whole.sidecar
    }

    @Test func theRowTellsTheSidecar() throws {
        #expect(try right { $0.sidecar![40] ^= 1 })
        #expect(try right { $0.sidecar = nil })
        #expect(try right { $0.sums = nil })
        #expect(try right { ($0.sidecar, $0.sums) = (nil, nil) })
        #expect(try right { $0.sums![3] ^= 1 })
        var asset = asset
        asset.original = nil
        #expect(try right(asset) { $0.sidecar![40] ^= 1 })
    }

    @Test func aRowThatHasChangedSinceDoesNotOverruleTheSidecar() throws {
        var asset = asset
        asset.media?.device = "Another camera"
        #expect(try right(asset) { $0.sums![3] ^= 1 })
        #expect(try right(asset) { $0.sums = nil })
        #expect(try !right(asset) { $0.sidecar![40] ^= 1 })
        let backup = try papers()
        #expect(try right(asset, [backup]) { $0.sidecar![40] ^= 1 })
        #expect(try right(asset, [backup]) { ($0.sidecar![40], $0.sums) = (0, nil) })
    }
}
