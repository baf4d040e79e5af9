// What is left alone in the drop folder, and what only looks like it.
import Model
import Testing

@testable import Ingest

@Suite struct IgnoredTests {
    private let ignored = Ignored()

    @Test(arguments: [
        ".hidden", "._IMG_1.MOV", ".DS_Store", "~$report.docx", "film.mov~", "a.tmp", "a.TMP", "a.part",
        "a.mp4.partial", "a.filepart", "a.crdownload", "Thumbs.db", "THUMBS.DB", "desktop.ini", "IMG_1.AAE",
        "IMG_1.aae", "@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", "lost+found", ".Trash-1000",
        ".film.mov.Xy12",
        "System Volume Information", "a.!sync", "~", ".",
    ])
    func whatIsNobodysFilmIsIgnored(_ name: String) {
        #expect(ignored.contains(name: Path(name)))
        #expect(ignored.contains(path: Path("Loom") / name))
        #expect(ignored.contains(path: Path(name) / "film.mov"))
    }

    @Test(arguments: [
        "film.mov", "tmp", "part", "a.tmp.mov", "a.parts", "~film.mov", "$film", "film~.mov", "Thumbs.dbx",
        "my Thumbs.db", "desktop.ini.mov", "eaDir", "recycle", "MACOSX", "lost", "a.aae.mov", "a .mov",
        "#1.mov",
        "@home.mov", "What happened.mov", "Problems.mov", "crdownload",
    ])
    func lookAlikesAreTaken(_ name: String) { #expect(!ignored.contains(path: Path("Loom") / name)) }

    @Test func problemsAndTheReceiptAreOursAtTheTopOnly() {
        #expect(ignored.contains(path: Path("Problems"), isFolder: true))
        // A file of that name is one like others: it goes, and makes room for the folder.
        #expect(!ignored.contains(path: Path("Problems"), isFolder: false))
        for path in ["Problems/a.mov", "Problems/Loom/a.mov", "What happened.html"] {
            #expect(ignored.contains(path: Path(path)), "\(path)")
        }
        for path in ["Loom/Problems/a.mov", "problems/a.mov", "Problemss/a.mov", "Loom/What happened.html"] {
            #expect(!ignored.contains(path: Path(path)), "\(path)")
        }
    }

    @Test func bytesThatAreNoTextAreTaken() {
        #expect(!ignored.contains(name: Path(bytes: [0xFF, 0xFE])))
        #expect(ignored.contains(name: Path(bytes: [0xFF] + Array(".tmp".utf8))))
    }

    @Test(arguments: [
        ("*.lock", "a.lock", true), ("*.lock", ".lock", true), ("*.lock", "a.lock.mov", false),
        ("proxy*", "proxy1.mov", true), ("proxy*", "a proxy", false), ("*cache*", "my cache.mov", true),
        ("a*a", "a", false), ("a*a", "aa", true), ("a*b*c", "a1b2c", true), ("a*b*c", "acb", false),
        ("*", "", true),
        ("a**b", "ab", true), ("**", "x", true), ("exact", "exact", true), ("exact", "exactly", false),
        ("*ab*ab", "ab", false), ("*ab*ab", "abab", true), ("é*", "eté", false), ("é*", "été", true),
    ])
    func aStarStandsForAnything(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(Pattern(pattern).matches(Path(name)) == matches)
        if !name.isEmpty, !name.hasPrefix(".") {
            #expect(Ignored(patterns: [pattern]).contains(name: Path(name)) == matches)
        }
    }
}

@Suite struct NoteTests {
    @Test func aNoteStandsBesideItsFile() {
        #expect(Note.name(for: Path("IMG_1.MOV")) == Path("IMG_1.MOV.txt"))
        let names: Set = [Path("a.mov"), Path("a.mov.txt"), Path("b.txt")]
        #expect(Note.isNote(Path("a.mov.txt"), among: names))
        #expect(!Note.isNote(Path("b.txt"), among: names))
        #expect(!Note.isNote(Path("a.mov"), among: names))
        #expect(!Note.isNote(Path(".txt"), among: names))
    }

    @Test(arguments: ["x", "é", "日", "🎬"])
    func aLongNameIsCutBetweenCharacters(_ character: String) throws {
        let long = String(repeating: character, count: 255 / character.utf8.count)
        let note = Note.name(for: Path(long))
        #expect(note.bytes.count <= 255 && note.bytes.count > 247)
        #expect(note.exactText?.hasSuffix("\(character).txt") == true)
        #expect(Note.isNote(note, among: [Path(long), note]))
    }

    @Test func bytesThatAreNoTextAreCutToo() {
        let long = Path(bytes: [UInt8](repeating: 0x80, count: 255))
        #expect(Note.name(for: long).bytes.count > 247)
        #expect(HandBack.shortened(long.bytes, to: 251).count > 247)
        #expect(HandBack.shortened([1, 2, 3], to: 3) == [1, 2, 3])
        #expect(HandBack.shortened([1, 2, 3], to: 0).isEmpty && HandBack.shortened([1, 2, 3], to: -4).isEmpty)
    }

    @Test(arguments: Problem.allCases)
    func itSaysWhatIsWrongAndWhatToDo(_ problem: Problem) {
        let text = Note.text(
            Refusal(problem, "Details."), name: Path("IMG.MOV"), folder: Path("Loom/1905"), day: "2026-11-20")
        for part in [
            "IMG.MOV\n", problem.sentence, "Details.", problem.remedy, "its folder, Loom/1905", "2026-11-20",
            "code: \(problem.rawValue)",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.hasSuffix("\n"))
        let atTop = Note.text(Refusal(problem), name: Path("a"), folder: .empty, day: "2026-11-20")
        #expect(atTop.contains("the folder where you first put it"))
    }
}
