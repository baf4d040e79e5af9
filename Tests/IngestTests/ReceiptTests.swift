// The page in the drop folder: what it says, that no name gets out of its place, and how it comes there and goes.
import Foundation
import Model
import Platform
import Scratch
import Testing

@testable import Ingest

@Suite struct ReceiptTests {
    private let time = PlaceTime(now: noon, zone_s: { _ in 3600 })

    private func line(
        _ name: String, _ holdup: Whereabouts.Holdup = .none, at moment: Timestamp = noon,
        in collection: String = ""
    ) -> Receipt.Line {
        Receipt.Line(
            name: Path(name), collection: collection, uploader: "ada", at: moment,
            whereabouts: Whereabouts(notTaken: holdup))
    }

    /// The elements and texts of a page, as a parser of HTML sees them.
    private func parsed(_ page: String) throws -> (tags: [String], texts: [String]) {
        let scratch = try Scratch()
        try scratch.file("page.html", page)
        let script = """
            import html.parser, sys
            class Reader(html.parser.HTMLParser):
                def handle_starttag(self, tag, attributes):
                    sys.stdout.write("T" + tag + "\\n")
                def handle_data(self, data):
                    if data.strip(): sys.stdout.write("D" + data.strip().replace("\\n", " ") + "\\n")
            Reader().feed(open(sys.argv[1], encoding="utf-8", newline="").read())
            """
        let said = try outcome(of: "/usr/bin/python3", ["-c", script, (scratch / "page.html").text]).said
        let lines = said.split(separator: "\n").map(String.init)
        return (
            lines.filter { $0.hasPrefix("T") }.map { String($0.dropFirst()) },
            lines.filter { $0.hasPrefix("D") }.map { String($0.dropFirst()) }
        )
    }

    @Test func itTellsOfTodayAndYesterdayAndWhatWaits() throws {
        let receipt = Receipt(
            waiting: [line("c.mov", .copying)], moreWaiting: 7,
            ended: [line("a.mov", in: "Loom/1905"), line("b.mov", at: noon + -86400)], moreEnded: 2, needsYou: 1
        )
        let texts = try parsed(Receipt.page(receipt.body(time), time)).texts
        for text in [
            "Waiting", "c.mov", "waiting, still being copied", "and 7 more", "Today, 20 November", "13:00",
            "a.mov",
            "Loom/1905", "from ada", "Yesterday, 19 November", "b.mov", "and 2 more",
        ] {
            #expect(texts.contains(text), "\(text) is not in \(texts)")
        }
        let places = ["Waiting", "Today, 20 November", "Yesterday, 19 November"].map {
            texts.firstIndex(of: $0) ?? -1
        }
        #expect(places == places.sorted())
        #expect(texts.contains { $0.contains("1 needs you") && $0.contains("8 waiting") })
    }

    @Test func todayBecomesYesterday() throws {
        let receipt = Receipt(ended: [line("a.mov")])
        let later = PlaceTime(now: noon + 11.5 * 3600, zone_s: { _ in 3600 })
        #expect(receipt.body(time).contains("Today, 20 November"))
        #expect(!receipt.body(time).contains("Yesterday"))
        #expect(receipt.body(later).contains("Yesterday, 20 November"))
        #expect(!receipt.body(later).contains("Today"))
    }

    @Test func withNothingToTellItSaysHowToBegin() {
        #expect(Receipt().body(time).contains("Copy videos and photos into this folder"))
    }

    @Test(arguments: [
        "<script>alert(1)</script>.mov", "\"><img src=x onerror=alert(1)>.mov", "</li></ul><h1>b</h1>",
        "a&lt;b.mov",
        "<!--", "]]>", "a\nb\rc\u{0}d\u{1B}[31m.mov", "\u{202E}vom.exe", "&#x3c;b&#x3e;", "' onclick='x",
    ])
    func aNameStaysAName(_ name: String) throws {
        let plain = try parsed(Receipt.page(Receipt(ended: [line("plain", in: "plain")]).body(time), time))
        let found = try parsed(Receipt.page(Receipt(ended: [line(name, in: name)]).body(time), time))
        #expect(found.tags == plain.tags)
        let seen = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { $0.value < 32 || $0 == "\u{202E}" ? "\u{FFFD}" : $0 }))
        #expect(found.texts.contains(seen), "\(found.texts)")
    }

    @Test func bytesThatAreNoTextAreNoTrouble() throws {
        var odd = line("")
        odd.name = Path(bytes: [0xFF, 0xFE, 0x3C, 0x80])
        #expect(Receipt(ended: [odd]).body(time).contains("\u{FFFD}&lt;\u{FFFD}"))
    }

    @Test func itNeedsNothingFromElsewhereAndRunsNothing() throws {
        let page = Receipt.page(Receipt(ended: [line("a.mov")]).body(time), time)
        let tags = try parsed(page).tags
        #expect(Set(tags).isDisjoint(with: ["script", "img", "link", "a", "iframe", "object", "form"]))
        #expect(page.contains("<meta http-equiv=\"refresh\" content=\"30\">"))
        #expect(page.contains("content=\"default-src 'none'; style-src 'sha256-"))
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("unsafe-inline"))
        #expect(Receipt.isOurs(Array(page.utf8.prefix(Receipt.beginning_bytes))))
    }

    @Test func itStaysSmall() {
        let long = String(repeating: "é", count: 127)
        let receipt = Receipt(
            waiting: (0..<Receipt.waitingAtMost).map { line("\(long)\($0)", in: long) },
            ended: (0..<Receipt.endedAtMost).map { line("\(long)\($0)", in: long) })
        #expect(receipt.body(time).utf8.count < 500_000)
    }
}

@Suite struct ReceiptFileTests {
    private let scratch: Scratch
    private var place: Path { scratch / "What happened.html" }

    init() throws { scratch = try Scratch() }

    private func page(_ name: String = "a.mov") -> String {
        let time = PlaceTime(now: noon, zone_s: { _ in 0 })
        let line = Receipt.Line(
            name: Path(name), collection: "", uploader: nil, at: noon, whereabouts: Whereabouts(notTaken: .none)
        )
        return Receipt.page(Receipt(ended: Array(repeating: line, count: 200)).body(time), time)
    }

    @Test func everybodyMayReadIt() throws {
        umask(0o077)
        defer { umask(0o022) }
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try Files.status(of: place)?.mode == 0o644)
        #expect(try names(in: scratch.path) == ["What happened.html"])
    }

    @Test func nobodyEverReadsHalfOfIt() throws {
        let pages = [page("a.mov"), page("another name.mov")]
        try ReceiptFile.write(pages[0], in: scratch.path)
        let (folder, place) = (scratch.path, place)
        let writer = Thread { for number in 1...200 { try? ReceiptFile.write(pages[number % 2], in: folder) } }
        writer.start()
        var seen: Set<String> = []
        while !writer.isFinished { seen.insert(try read(place)) }
        #expect(seen.isSubset(of: pages))
        #expect(seen.count == 2)
    }

    @Test func oneThatSomebodyEditedIsWrittenAnew() throws {
        try scratch.file("What happened.html", page().replacingOccurrences(of: "a.mov", with: "changed"))
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try read(place) == page())
        #expect(try names(in: scratch.path) == ["What happened.html"])
    }

    @Test func aFileOfStaffMakesWayAndIsNotLost() throws {
        try scratch.file("What happened.html", "<p>My diary</p>")
        try scratch.file("What happened (2).html", "older")
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try read(scratch / "What happened (3).html") == "<p>My diary</p>")
        #expect(try read(scratch / "What happened (2).html") == "older")
        #expect(try read(place) == page())
        // As it does if it is a folder, or a link, which is not followed.
        try Files.unlink(place)
        try scratch.file("What happened.html/a.mov")
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try read(scratch / "What happened (4).html/a.mov") == "some bytes")
        try Files.unlink(place)
        symlink("/etc/passwd", place.text)
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try Files.status(of: place)?.kind == .file)
    }

    @Test func onlyOneThatFlipdWroteIsRemoved() throws {
        try ReceiptFile.remove(from: scratch.path)
        try ReceiptFile.write(page(), in: scratch.path)
        try ReceiptFile.remove(from: scratch.path)
        #expect(try names(in: scratch.path) == [])
        try scratch.file("What happened.html", "<p>My diary</p>")
        try ReceiptFile.remove(from: scratch.path)
        #expect(try read(place) == "<p>My diary</p>")
    }

    @Test func whatAFailureLeftIsRemoved() throws {
        try scratch.file(".What happened.html.new", "half")
        try ReceiptFile.write(page(), in: scratch.path)
        #expect(try names(in: scratch.path) == ["What happened.html"])
        #expect(throws: Errno.self) { try ReceiptFile.write(page(), in: scratch / "gone") }
    }

    @Test func onlyAtTheTopItIsTheReceipt() {
        #expect(Ignored().contains(path: Path("What happened.html")))
        #expect(Ignored().contains(path: Path(".What happened.html.new")))
        #expect(!Ignored().contains(path: Path("Loom/What happened.html")))
        #expect(!Ignored().contains(path: Path("What happened (2).html")))
    }
}
