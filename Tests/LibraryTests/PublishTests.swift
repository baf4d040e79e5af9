// Publishing: what stands in a folder, with which modes, and that it happens once.
import Glibc
import Library
import Model
import Platform
import Scratch
import Testing

@Suite struct PublishTests {
    private let scratch: Scratch
    private let layout: Layout
    private let id = makeID()

    init() throws {
        scratch = try Scratch()
        layout = Layout(root: scratch.path)
    }

    private let files = [Rendition.Role.main, .poster, .thumb].map { MadeFile(role: $0, width: 64, height: 36) }

    /// An attempt as a worker leaves it, sealed.
    private func seal() throws -> (asset: Asset, attempt: Path) {
        let attempt = layout.attempt(0, of: id)
        try Staging.begin(attempt)
        for file in files {
            try write(
                attempt / file.role.file(of: id, kind: .video), Array("bytes of \(file.role)".utf8), mode: 0o600
            )
        }
        try write(attempt / "x264-2pass.log", [1])
        try Files.makeFolder(attempt / "tmp")
        try write(attempt / "tmp/frame", [1])
        var asset = fullAsset(id)
        asset.renditions = try Publish.measure(files, of: id, kind: .video, in: attempt)
        try Publish.seal(asset, in: attempt)
        return (asset, attempt)
    }

    private func modes(_ folder: Path) throws -> Set<UInt32> {
        Set(try Files.list(folder).map { try Files.status(of: folder / $0.name)!.mode })
    }

    @Test func sizesAndHashesAreOurOwn() throws {
        let (asset, attempt) = try seal()
        for rendition in asset.renditions {
            let (digest, bytes) = try SHA256.digest(of: attempt / rendition.file)
            #expect(rendition.sha256 == digest && rendition.bytes == bytes)
        }
        #expect(asset.renditions.map(\.file) == ["\(id).mp4", "\(id)-poster.jpg", "\(id)-thumb.jpg"])
        #expect(throws: Errno.self) {
            try Publish.measure(
                [MadeFile(role: .box(150), width: 1, height: 1)], of: id, kind: .photo, in: attempt)
        }
    }

    @Test func aPublishedFolderHoldsWhatItSaysAndNothingElse() throws {
        let (asset, attempt) = try seal()
        let folder = layout.folder(of: id)
        try Publish.move(attempt, to: folder)
        #expect(
            try names(in: folder) == [
                "\(id)-poster.jpg", "\(id)-thumb.jpg", "\(id).json", "\(id).mp4", "SHA256SUMS",
            ])
        #expect(try Files.status(of: folder)?.mode == 0o555)
        #expect(try modes(folder) == [0o444])
        #expect(try !Files.exists(attempt))
        let check = "cd '\(folder.text)' && sha256sum --strict -c SHA256SUMS"
        let (how, said) = try outcome(of: "/bin/sh", ["-c", check])
        #expect(how == .exited(0) && said.split(separator: "\n").count == 4)
        let sidecar = try #require(try Publish.sidecar(of: id, in: layout.folder(of: id)))
        #expect(sidecar.renditions == asset.renditions && sidecar.sha256 == asset.sha256)
        #expect(try read(folder / "\(id).json").hasPrefix("{\n"))
    }

    @Test func anExistingFolderIsNeverReplaced() throws {
        let (_, attempt) = try seal()
        let folder = layout.folder(of: id)
        try Files.makeFolders(folder)
        try write(folder / "kept", [1])
        let error = #expect(throws: Errno.self) { try Publish.move(attempt, to: folder) }
        #expect(error?.code == EEXIST)
        #expect(try names(in: folder) == ["kept"])
        #expect(try Files.exists(attempt))
        #expect(try Publish.sidecar(of: id, in: layout.folder(of: id)) == nil)
    }

    @Test func aPublishedFolderGoesToTheTrashAndComesBackAsItWas() throws {
        let (_, attempt) = try seal()
        let (folder, trash) = (layout.folder(of: id), layout.trash(of: id))
        try Publish.move(attempt, to: folder)
        let before = try names(in: folder)
        try Publish.move(published: folder, to: trash)
        #expect(try !Files.exists(folder) && names(in: trash) == before)
        #expect(try Files.status(of: trash)?.mode == 0o555)
        try Publish.move(published: trash, to: folder)
        #expect(try !Files.exists(trash) && names(in: folder) == before)
        #expect(try Files.status(of: folder)?.mode == 0o555)
    }

    @Test func sealingAgainIsSealingOnce() throws {
        let (asset, attempt) = try seal()
        let sums = try read(attempt / "SHA256SUMS")
        try Publish.seal(asset, in: attempt)
        #expect(try read(attempt / "SHA256SUMS") == sums)
    }

    @Test func whatIsMissingIsNotSealed() throws {
        let (asset, attempt) = try seal()
        try Files.unlink(attempt / "\(id).mp4")
        #expect(throws: Errno.self) { try Publish.seal(asset, in: attempt) }
    }

    @Test func aLinkAmongWhatWasMadeIsNotFollowed() throws {
        let (_, attempt) = try seal()
        try Files.unlink(attempt / "\(id).mp4")
        symlink("/etc/passwd", (attempt / "\(id).mp4").text)
        #expect(throws: Errno.self) { try Publish.measure(files, of: id, kind: .video, in: attempt) }
    }

    @Test func thePreviewsPicturesAreBroughtAlong() throws {
        let preview = layout.preview(of: id)
        try Staging.begin(preview)
        let pictures = Array(files.dropFirst())
        for file in pictures { try write(preview / file.role.file(of: id, kind: .video), [7]) }
        let renditions = try Publish.measure(pictures, of: id, kind: .video, in: preview)
        #expect(Staging.isWhole(preview, renditions))
        let attempt = layout.attempt(1, of: id)
        try Staging.begin(attempt)
        try Publish.bring(renditions, from: preview, to: attempt)
        try Publish.bring(renditions, from: preview, to: attempt)
        #expect(try names(in: attempt) == renditions.map(\.file).sorted())
        try write(preview / renditions[0].file, [7, 7])
        #expect(!Staging.isWhole(preview, renditions))
        #expect(!Staging.isWhole(preview, []))
    }

    @Test func stagingIsEmptiedButForWhatIsKept() throws {
        for name in ["a.preview", "b.preview", "c.0"] { try Staging.begin(layout.staging / name) }
        try write(layout.staging / "d.copy", [1])
        try write(layout.staging / "a.preview/file", [1])
        try Staging.empty(layout, keeping: [Path("a.preview")])
        #expect(try names(in: layout.staging) == ["a.preview"])
        try Staging.begin(layout.staging / "a.preview")
        #expect(try names(in: layout.staging / "a.preview").isEmpty)
        for name in ["\(id).preview", "\(id).2", "\(id).copy", "\(makeID(1)).0"] {
            try Staging.begin(layout.staging / name)
        }
        try Staging.discard(id, in: layout)
        #expect(try names(in: layout.staging).count == 2)
        try Files.removeTree(layout.staging)
        try Staging.discard(id, in: layout)
        try Staging.empty(layout, keeping: [])
        #expect(try Files.exists(layout.staging))
    }
}
