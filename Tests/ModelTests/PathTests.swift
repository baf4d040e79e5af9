// Paths are bytes: their parts, their text, and their way through JSON.
import Model
import Platform
import Testing

@Suite struct PathTests {
    @Test func aPathHasComponentsNameAndParent() {
        let path = Path("/srv//Loom/IMG_1.MOV")
        #expect(path.components == [Path("srv"), Path("Loom"), Path("IMG_1.MOV")])
        #expect(path.name == Path("IMG_1.MOV"))
        #expect(path.parent == Path("/srv//Loom"))
        #expect(path.isAbsolute)
        #expect(Path("IMG").parent == .empty && Path("IMG").name == Path("IMG"))
        #expect(Path("/IMG").parent == Path("/"))
        #expect(Path.empty.isEmpty && Path.empty.components.isEmpty && !Path.empty.isAbsolute)
    }

    @Test func pathsAreJoinedWithOneSlash() {
        #expect(Path("a") / "b" == Path("a/b"))
        #expect(Path("a/") / "b" == Path("a/b"))
        #expect(Path("/") / "b" == Path("/b"))
        #expect(Path.empty / "b" == Path("b"))
        #expect(Path("a") / Path.empty == Path("a"))
    }

    @Test(arguments: [
        ("IMG_1.JPG", true), ("Loom/a.b.Heic", true), ("a.dng", true), ("a.mpo", true), ("a.TIFF", true),
        ("IMG_1.MOV", false), ("jpg", false), (".jpg", false), ("a.jpg/b", false), ("a.jpg.mp4", false),
        ("a.aae", false), ("", false),
    ])
    func onlyAPhotosNameIsHintOfAPhoto(_ path: String, _ looksSo: Bool) {
        #expect(Source.looksLikePhoto(Path(path)) == looksSo)
    }

    @Test func editsStandBesideTheirPhotoInAnyCase() {
        let names = Companion.names(of: Path("a.b.HEIC"))
        #expect(names.count == 8 && Set(names).count == 8 && names.allSatisfy(Companion.isOne))
        #expect(names.contains(Path("a.b.AAE")) && names.contains(Path("a.b.aae")))
        #expect(names.contains(Path("a.b.aAe")) && !Companion.isOne(Path(".aae")))
        #expect(Companion.name(Path("a.aae"), beside: Path("a (2).HEIC")) == Path("a (2).aae"))
    }

    @Test func insideMeansBelowAWholeComponent() {
        #expect(Path("a/b").isInside(Path("a")))
        #expect(Path("a").isInside(Path("a")))
        #expect(!Path("ab").isInside(Path("a")))
        #expect(Path("a").isInside(.empty))
        #expect(Path("/a").isInside(Path("/")) && !Path("a").isInside(Path("/")))
        #expect(Path("/a/b").relative(to: Path("/")) == Path("a/b"))
        #expect(Path("a").relative(to: Path("a")) == .empty)
        #expect(Path("a/b/c").relative(to: Path("a")) == Path("b/c"))
        #expect(Path("a").relative(to: Path("b")) == nil)
    }

    @Test(arguments: [
        ("IMG_1.MOV", "IMG_1", "MOV"), ("a.tar.gz", "a.tar", "gz"), (".hidden", ".hidden", nil),
        ("noext", "noext", nil), ("dot.", "dot.", nil), ("a.b/c", "c", nil), ("..x", ".", "x"),
    ])
    func theLastDotSplitsAName(_ name: String, _ stem: String, _ ending: String?) {
        #expect(Path(name).stemAndExtension.stem == Path(stem))
        #expect(Path(name).stemAndExtension.extension == ending.map { Path($0) })
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsThatOfTheStandard(_ text: String, _ base64: String) {
        #expect(Path(text).base64 == base64)
        #expect(Path(base64: base64) == Path(text))
    }

    @Test func allBytesSurviveBase64() {
        for count in [1, 2, 3, 255, 256] {
            let path = Path(bytes: (0..<count).map { UInt8(($0 * 7 + 250) % 256) })
            #expect(Path(base64: path.base64) == path)
        }
        #expect(Path(bytes: [0xFB, 0xFF]).base64 == "+/8=")
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "====", "Z===", "Zm=v", "Zm9v\n", "Zm 9", "Zm_v", "Zg==Zg=="])
    func whatIsNoBase64IsRefused(_ text: String) { #expect(Path(base64: text) == nil) }

    static let oddNames: [[UInt8]] = [
        Array("plain.mov".utf8), Array("two\nlines".utf8), Array("tab\t\"quote\" \\ \u{1}".utf8),
        [0xFF, 0xFE, 0x80], Array("caf\u{e9}".utf8), Array("cafe\u{301}".utf8), [0xC0, 0x80],
        [UInt8](repeating: UInt8(ascii: "x"), count: 255), [0xED, 0xA0, 0x80], Array("\u{FFFD}".utf8), [],
        Array("e\u{301}\u{1F1E8}\u{1F1ED}".utf8), [0x7F],
    ]

    @Test(arguments: oddNames)
    func everyNameComesBackFromJSONExactly(_ bytes: [UInt8]) throws {
        let path = Path(bytes: bytes)
        #expect(try fromJSON(Path.self, json(path)).bytes == bytes)
    }

    @Test func bytesThatAreNoTextSaySo() throws {
        let path = Path(bytes: [0x61, 0xFF])
        #expect(path.exactText == nil)
        #expect(path.text == "a\u{FFFD}")
        #expect(try json(path) == #"{"base64":"Yf8="}"#)
        #expect(Path("\u{FFFD}").exactText == "\u{FFFD}")
        #expect(throws: (any Error).self) { try fromJSON(Path.self, #"{"base64":"?"}"#) }
    }

    @Test func pathsAreOrderedByTheirBytes() {
        #expect(Path("a") < Path("b"))
        #expect(Path("Z") < Path("a"))
        #expect(Path("a") < Path("a/"))
    }
}

@Suite struct PlacementTests {
    @Test(arguments: [
        ("x.mov", "", nil), ("Loom/1905/x.mov", "Loom/1905", nil),
        ("App/ref=entry-4711/x.mov", "App", "entry-4711"),
        ("ref=7/x.mov", "", "7"), ("App/ref=/x.mov", "App/ref=", nil),
        ("App/ref=a=b/More/x.mov", "App/More", "a=b"),
        ("App/Ref=a/x.mov", "App/Ref=a", nil), ("ref=x.mov", "", nil),
    ])
    func subFoldersSayCollectionAndReference(_ path: String, _ collection: String, _ ref: String?) {
        let placement = Placement(of: Path(path))
        #expect(placement.collection.text == collection)
        #expect(placement.ref?.text == ref)
    }

    @Test(arguments: [
        ("IMG_1.MOV", "mov"), ("a.Mp4", "mp4"), ("noext", "bin"), ("a.mp4 ", "bin"), ("a.123456789", "bin"),
        ("a.12345678", "12345678"), ("a.mö", "bin"), (".mov", "bin"), ("a.", "bin"), ("a.tar.GZ", "gz"),
        ("a.m-v", "bin"),
    ])
    func anOriginalKeepsAPlainExtension(_ name: String, _ ending: String) throws {
        let id = try #require(AssetID("019a9b00-0000-7000-8000-000000000001"))
        let original = Asset.original(of: id, name: Path(name))
        #expect(original == "originals/\(id.dayFolder)/\(id).\(ending)")
    }
}
