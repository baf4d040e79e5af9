// Empty folders and orphaned notes: what goes, and above all what stays.
import Glibc
import Model
import Platform
import Scratch
import Testing

@testable import Ingest

@Suite struct TidyingTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Eleven minutes from now, unless it is asked otherwise.
    private func tidy(after_s: Double = 660) -> [String] {
        Tidying.folders(
            in: scratch.path, ignored: Ignored(patterns: ["*.lrv"]), at: Clock.now() + after_s
        ).map(\.text).sorted()
    }

    @Test func anEmptyTreeGoesAtOnceAndTheCollectionStays() throws {
        try scratch.folder("Loom/1905/June")
        try scratch.folder("App/ref=4711")
        try scratch.folder("ref=1")
        try scratch.file("Loom/1905/.DS_Store")
        try scratch.file("Loom/1905/June/Thumbs.db")
        try scratch.file("Loom/1905/June/._IMG_1.MOV")
        #expect(tidy() == ["App/ref=4711", "Loom/1905", "Loom/1905/June"])
        #expect(try names(in: scratch.path) == ["App", "Loom", "ref=1"])
        #expect(try names(in: scratch / "Loom").isEmpty)
    }

    @Test func whatChangedInTheLastTenMinutesStays() throws {
        try scratch.folder("Loom/1905")
        #expect(tidy(after_s: 590).isEmpty)
        #expect(tidy(after_s: 610) == ["Loom/1905"])
    }

    @Test(arguments: [
        "film.mov", "film.mov.part", ".film.mov.Xy12", "~$report.docx", "film.lrv", ".hidden", "@eaDir/thumb",
    ])
    func aFolderThatHoldsAnybodysBytesStaysWithAllThatIsInIt(_ name: String) throws {
        try scratch.file("Loom/1905/.DS_Store")
        try scratch.file("Loom/1905/" + name)
        #expect(tidy().isEmpty)
        #expect(try Files.exists(scratch / "Loom/1905/.DS_Store"))
        #expect(try Files.exists(scratch / ("Loom/1905/" + name)))
    }

    @Test func systemsOwnFoldersAreNotTouched() throws {
        for folder in [".Trash-1000/files", "#recycle/old", "Loom/@eaDir", "Loom/.stfolder"] {
            try scratch.folder(folder)
        }
        #expect(tidy().isEmpty)
    }

    @Test func nothingIsRemovedThroughALink() throws {
        let elsewhere = try Scratch()
        try elsewhere.folder("inner/empty")
        symlink("\(elsewhere.path.text)", (scratch / "Loom").text)
        try scratch.folder("Box")
        symlink("\(elsewhere.path.text)", (scratch / "Box/link").text)
        #expect(tidy().isEmpty)
        #expect(try Files.exists(elsewhere / "inner/empty"))
    }

    @Test func foldersInProblemsGoLikeOthers() throws {
        try scratch.folder("Problems/Loom/1905")
        try scratch.file("Problems/Box/a.mov")
        #expect(tidy() == ["Problems/Loom", "Problems/Loom/1905"])
    }

    @Test func anOrphanedNoteIsFoundAndRemovedAndStaffsOwnTextIsNot() throws {
        let note = Note.text(Refusal(.corrupt), name: Path("a.mov"), folder: .empty, day: "2026-11-20")
        try scratch.file("Problems/Loom/a.mov.txt", note)
        try scratch.file("Problems/Loom/b.mov.txt", note)
        try scratch.file("Problems/Loom/b.mov")
        try scratch.file("Problems/Loom/readme.txt", "ours")
        let standing = Standing.look(in: scratch.path, ignored: Ignored())
        #expect(standing.orphans == [Path("Problems/Loom/a.mov.txt")])
        #expect(standing.files.count == 2 && standing.folders == [Path("Problems"), Path("Problems/Loom")])
        for name in ["a.mov.txt", "b.mov.txt", "readme.txt", "none.txt"] {
            HandBack.removeOrphan(Path("Problems/Loom/" + name), in: scratch.path)
        }
        #expect(try names(in: scratch / "Problems/Loom") == ["b.mov", "b.mov.txt", "readme.txt"])
        try scratch.file("Problems/Loom/a.mov.txt", note)
        try scratch.file("Problems/Loom/a.mov")
        HandBack.removeOrphan(Path("Problems/Loom/a.mov.txt"), in: scratch.path)
        #expect(try Files.exists(scratch / "Problems/Loom/a.mov.txt"), "its file is back")
    }
}
