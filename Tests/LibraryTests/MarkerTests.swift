// The marker of the library, and where a library may begin.
import Glibc
import Library
import Model
import Platform
import Scratch
import Testing

@Suite struct MarkerTests {
    private let scratch: Scratch
    private let layout: Layout

    init() throws {
        scratch = try Scratch()
        layout = Layout(root: scratch / "library")
    }

    @Test func aLibraryIsMadeInAFreePlaceOnly() throws {
        #expect(try Marker.isFree(layout))
        #expect(try Marker.read(layout) == nil)
        #expect(Marker.look(layout, for: "x") == .missing)
        try Marker.make(layout, id: "x")
        #expect(Marker.look(layout, for: "x") == .ours)
        #expect(Marker.look(layout, for: "y") == .another(id: "x"))
        #expect(try read(layout.marker) == "x\n")
        #expect(try Files.status(of: layout.marker)?.mode == 0o444)
        #expect(try Marker.isUntouched(layout))
        #expect(try !Files.exists(layout.root / ".flipd-library.new"))
    }

    @Test func aFolderThatHoldsAnythingIsNotFree() throws {
        try scratch.folder("library/lost+found")
        #expect(try Marker.isFree(layout))
        try scratch.file("library/photo.jpg")
        #expect(try !Marker.isFree(layout))
    }

    @Test func aMakingThatWasCutOffCanBeMadeAgain() throws {
        try Marker.make(layout, id: "x")
        try Files.unlink(layout.marker)
        try scratch.file("library/.flipd-library.new", "x")
        #expect(try Marker.isFree(layout))
        try Marker.make(layout, id: "y")
        #expect(Marker.look(layout, for: "y") == .ours)
        try Files.unlink(layout.marker)
        try scratch.file("library/originals/2026/file")
        #expect(try !Marker.isFree(layout))
    }

    @Test func anEmptyMarkerIsNone() throws {
        try Marker.make(layout, id: "x")
        try write(layout.marker, [])
        #expect(Marker.look(layout, for: "x") == .missing)
        try write(layout.marker, [UInt8](repeating: 0x78, count: 5000))
        guard case .unreadable = Marker.look(layout, for: "x") else {
            return #expect(Bool(false), "no marker is that long")
        }
        try write(layout.marker, Array("x".utf8))
        #expect(Marker.look(layout, for: "x") == .ours)
    }

    @Test func aLinkIsNoMarker() throws {
        try Marker.make(layout, id: "x")
        try Files.rename(layout.marker, to: scratch / "marker")
        symlink((scratch / "marker").text, layout.marker.text)
        #expect(Marker.look(layout, for: "x") != .ours)
    }

    @Test func aLibraryThatHoldsAnythingIsNotUntouched() throws {
        for path in ["record/2026/2026-11-20.jsonl", "media/2026/a", "originals/2026/a"] {
            let layout = Layout(root: scratch / "\(path.prefix(3))")
            try Marker.make(layout, id: "x")
            #expect(try Marker.isUntouched(layout))
            try Files.makeFolders((layout.root / path).parent)
            #expect(try !Marker.isUntouched(layout))
        }
    }
}

@Suite struct LayoutTests {
    @Test func everythingStandsWhereTheInterfaceSays() {
        let layout = Layout(root: Path("/lib"))
        let id = makeID()
        #expect(layout.marker == Path("/lib/.flipd-library"))
        #expect(layout.folder(of: id) == Path("/lib/media/2026/11/20/\(id)"))
        #expect(layout.preview(of: id) == Path("/lib/.staging/\(id).preview"))
        #expect(layout.attempt(2, of: id) == Path("/lib/.staging/\(id).2"))
        #expect(layout.copy(of: id) == Path("/lib/.staging/\(id).copy"))
        #expect(layout.original(of: leanAsset()) == nil)
        #expect(layout.original(of: fullAsset(id)) == Path("/lib/originals/2026/11/20/\(id).mov"))
    }
}
