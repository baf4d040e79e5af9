// What monitoring and scripts find of flipd, and what the manuals say of it: code by code and address by address the same.
import Model
import Status
import Testing

@testable import flipd

struct ManualTests {
    /// Every code of a reason that `GET /v1/status` can give, from where it is written.
    private static let reasons: [String] = {
        let written = Repository.sources.filter { $0.target == "flipd" }.flatMap { file in
            file.text.matches(of: /Reason\(\s*code: (?:"([a-z-]+)"|Problem\.([a-zA-Z]+)\.)/).compactMap {
                match in
                match.1.map(String.init)
                    ?? Problem.allCases.first { "\($0)" == match.2.map(String.init) }?.rawValue
            }
        }
        let faults = Problem.allCases.filter { $0.class == .environment }.map(\.rawValue)
        return Set(written + faults + Damage.What.allCases.map(\.rawValue)).sorted()
    }()

    @Test func everyReasonSaysWhatItMeansAndWhatToDo() throws {
        #expect(Self.reasons.count >= 19, "\(Self.reasons)")
        let text = try Repository.read("docs/operating.md").text
        let section = try #require(text.split(separator: "## What amber and red mean").dropFirst().first)
        let rows = section.split(separator: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("| `") }
        let told = rows.compactMap { $0.firstMatch(of: /\| `([a-z-]+)` \| \S/).map { String($0.1) } }
        #expect(told.sorted() == Self.reasons)
        for row in rows {
            let cells = row.split(separator: "|").filter { $0.contains { $0 != " " } }
            #expect(cells.count == 4, "\(row)")
        }
    }

    @Test(arguments: Log.Kind.allCases) func everyKindOfEventIsInTheManual(_ kind: Log.Kind) throws {
        #expect(try Repository.read("man/flipd.8").lines.contains(".It Li \(kind.rawValue)"), "\(kind)")
    }

    @Test func everyEventThatTheGuideAsksForIsOne() throws {
        let kinds = Set(Log.Kind.allCases.map(\.rawValue))
        for page in ["docs/operating.md", "man/flipd.8", "systemd/flipd.catalog"] {
            for match in try Repository.read(page).text.matches(of: /MESSAGE_ID=([0-9a-f]+)/) {
                #expect(kinds.contains(String(match.1)), "\(page): \(match.1)")
            }
        }
    }

    @Test func everyOptionIsInTheManual() throws {
        let code = try Repository.read("Sources/flipd/Flipd.swift").text
        let options = code.matches(of: /\.(?:flag|value)\("([a-z-]+)"/).map { String($0.1) }
        #expect(options.count >= 10)
        let manual = try Repository.read("man/flipd.8").lines
        for option in options {
            #expect(
                manual.contains { $0.hasPrefix(".It Fl") && $0.contains("Fl Fl \(option)") }
                    || manual.contains { $0.contains("Op Fl Fl \(option)") }, "man/flipd.8 lacks --\(option)")
        }
    }

    /// The requests of flipd(8), with an id and a name in their places.
    private func documented() throws -> [(method: String, target: String)] {
        try Repository.read("man/flipd.8").lines.compactMap { line in
            line.wholeMatch(of: /\.It Li (GET|POST|PATCH|DELETE) (\/\S*)/).map { match in
                let target = match.2.replacing("/ID", with: "/01a20091-8158").replacing("=NAME", with: "=a.mov")
                    .replacing("...", with: "2026/11/22/01a20091-8158-7000-974d-f7219fbc560e/SHA256SUMS")
                return (String(match.1), String(target))
            }
        }
    }

    @Test func everyRequestOfTheManualIsUnderstood() throws {
        let requests = try documented()
        #expect(requests.count >= 20)
        for (method, target) in requests {
            let body = method == "PATCH" ? Array(#"{"caption":"a"}"#.utf8) : []
            #expect(throws: Never.self, "\(method) \(target)") {
                try Request.parse(method: method, target: Array(target.utf8), body: body)
            }
        }
    }

    @Test func everyAddressIsInTheManual() throws {
        let code = try Repository.read("Sources/Status/Request.swift").text
        let manual = try Repository.read("man/flipd.8").text
        let below = code.matches(of: /"v1", "([a-z_]+)"/).map { "/v1/\($0.1)" }
        let atTop = code.matches(of: /\(1, "([a-z]+)"/).map { "/\($0.1)" }
        let ofOne = code.matches(of: /case "([a-z]+)": found = \(\./).map { "/\($0.1)" }
        #expect(below.count >= 10 && atTop.count >= 2 && ofOne.count >= 3)
        for address in below + atTop + ofOne {
            #expect(manual.contains(address), "man/flipd.8 lacks \(address)")
        }
    }

    @Test func everyPictureOfTheGuideIsThereAndSmall() throws {
        let guide = try Repository.read("docs/operating.md").text
        let pictures = guide.matches(of: /!\[[^\]]{10,}\]\((pictures\/[a-z-]+\.png)\)/).map { String($0.1) }
        #expect(pictures.count >= 3)
        for picture in pictures {
            let bytes = try #require(Repository.size(of: "docs/\(picture)"), "docs/\(picture) is missing")
            #expect(bytes < 150_000, "docs/\(picture) has \(bytes) bytes")
        }
    }

    /// As those who read it in a browser find their way: the headings' names in lower case, with - for spaces.
    @Test func everyLinkWithinTheGuideHasItsHeading() throws {
        let text = try Repository.read("docs/operating.md").text
        let headings = text.matches(of: /\n## (.+)/).map { match in
            String(match.1.lowercased().filter { $0.isLetter || $0.isNumber || " -".contains($0) })
                .replacing(" ", with: "-")
        }
        let links = text.matches(of: /\]\(#([^)]+)\)/).map { String($0.1) }
        #expect(links.count >= 10)
        for link in links { #expect(headings.contains(link), "docs/operating.md has no heading #\(link)") }
    }
}
