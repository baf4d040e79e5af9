// What people read about flipd, and what flipd says: word by word the same.
import Model
import Testing

@testable import flipd

struct WordTests {
    @Test(arguments: Problem.allCases) func everyProblemIsInTheManualWithItsSentence(_ problem: Problem) throws
    {
        let lines = try Repository.read("man/flipd.8").lines
        let place = try #require(
            lines.firstIndex(of: ".It Li \(problem.rawValue)"), "man/flipd.8 does not know \(problem.rawValue)")
        #expect(lines[place + 1] == problem.sentence)
    }

    @Test(arguments: Problem.allCases) func everyProblemIsExplainedToWhoeverLooksAfterIt(_ problem: Problem)
        throws
    {
        let row = "| `\(problem.rawValue)` | \(problem.sentence) | \(problem.remedy) |"
        #expect(try Repository.read("docs/operating.md").lines.contains(row), "docs/operating.md lacks: \(row)")
    }

    @Test(arguments: State.allCases) func everyStateIsInTheManual(_ state: State) throws {
        #expect(try Repository.read("man/flipd.8").lines.contains(".It Li \(state.rawValue)"))
    }

    @Test(arguments: Stage.allCases) func everyStageIsARowOfTheTable(_ stage: Stage) throws {
        let rows = try Repository.read("docs/stages.md").lines
        #expect(rows.contains { $0.hasPrefix("| `\(stage.rawValue)` |") }, "no row for \(stage.rawValue)")
    }

    @Test(arguments: Fact.What.allCases) func everyLineOfTheRecordHasItsRepair(_ what: Fact.What) throws {
        let text = try Repository.read("docs/stages.md").text
        let repairs = text.split(separator: "## After a crash").last ?? ""
        #expect(repairs.contains("| `\(what.rawValue)` |"), "no repair after \(what.rawValue)")
    }

    @Test(arguments: Log.Kind.allCases) func everyKindOfEventIsInTheJournalsCatalog(_ kind: Log.Kind) throws {
        #expect(kind.rawValue.wholeMatch(of: /[0-9a-f]{32}/) != nil)
        let entries = try catalog()
        let entry = try #require(entries[kind.rawValue], "\(kind) is not in systemd/flipd.catalog")
        #expect(entry.count { $0.hasPrefix("Subject: ") } == 1)
        #expect(entry.contains("Defined-By: flipd"))
        // Below the blank line, what it means and what to do.
        #expect(entry.split(separator: "", maxSplits: 1).last?.contains { $0.count > 40 } == true, "\(kind)")
    }

    @Test func theCatalogKnowsNoOtherEvents() throws {
        #expect(Set(try catalog().keys) == Set(Log.Kind.allCases.map(\.rawValue)))
    }

    private func catalog() throws -> [String: [String]] {
        var entries: [String: [String]] = [:]
        var id = ""
        for line in try Repository.read("systemd/flipd.catalog").lines where !line.hasPrefix("#") {
            if let match = line.wholeMatch(of: /-- ([0-9a-f]+)/) {
                id = String(match.1)
                #expect(entries[id] == nil, "\(id) stands there twice")
                entries[id] = []
            } else {
                entries[id, default: []].append(line)
            }
        }
        entries[""] = nil
        return entries
    }

    @Test func theFieldsOfTheJournalAreInTheManual() throws {
        let log = try Repository.read("Sources/flipd/Log.swift").text
        let manual = try Repository.read("man/flipd.8").lines
        let fields = Set(log.matches(of: /"(FLIPD_[A-Z]+)"/).map { String($0.1) })
        #expect(fields.count >= 5)
        for field in fields {
            #expect(manual.contains(".It Va \(field)"), "man/flipd.8 does not know \(field)")
        }
    }

    /// The numbers of an enumeration of exit codes, read from its source: the three are of three kinds.
    private func codes(_ enumeration: String, in path: String) throws -> Set<String> {
        let text = try Repository.read(path).text
        let body = try #require(text.split(separator: "enum \(enumeration)").last?.prefix { $0 != "}" })
        return Set(
            body.matches(of: /(?:static let|case) [a-zA-Z]+(?:: Int32)? = ([0-9]+)/).map { String($0.1) })
    }

    @Test(arguments: [
        ("ExitCode", "Sources/flipd/Flipd.swift", "man/flipd.8", ".Nm flipd :"),
        ("Ending", "Sources/flip-worker/Run.swift", "man/flipd.8", ".Nm flip-worker :"),
        ("ExitCode", "Sources/flipctl/Main.swift", "man/flipctl.1", ".Sh EXIT STATUS"),
    ])
    func everyExitCodeIsInTheManual(_ enumeration: String, _ source: String, _ manual: String, _ above: String)
        throws
    {
        let codes = try self.codes(enumeration, in: source)
        #expect(codes.count >= 3)
        let lines = try Repository.read(manual).lines
        let place = try #require(lines.firstIndex(of: above))
        let list = lines[place...].prefix { $0 != ".El" }
        #expect(Set(list.compactMap { $0.wholeMatch(of: /\.It Li ([0-9]+)/).map { String($0.1) } }) == codes)
    }

    @Test func theReadmeHasItsTwoParts() throws {
        let lines = try Repository.read("README.md").lines
        #expect(lines.first == "# flipd")
        #expect(lines.filter { $0.hasPrefix("## ") } == ["## Use it", "## Work on it"])
        #expect(lines.filter { $0.hasPrefix("# ") }.count == 1)
    }

    @Test func everyTargetOfTheMakefileIsInTheReadme() throws {
        let targets = try Repository.read("Makefile").lines.compactMap {
            $0.wholeMatch(of: /([a-z-]+):.*## .*/).map { String($0.1) }
        }
        #expect(targets.count >= 7)
        let readme = try Repository.read("README.md").text
        for target in targets { #expect(readme.contains("`make \(target)"), "README.md lacks make \(target)") }
    }

    @Test func everyPackageHasItsReasonAndEveryDoorItsPackage() throws {
        let rows = try Repository.read("packaging/packages").lines.filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: true) }
        for row in rows { #expect(row.count == 3, "\(row.joined(separator: " ")) has no reason") }
        let building = rows.filter { $0.first == "build" }.map { String($0[1]) }
        for match in try Repository.read("Package.swift").text.matches(of: /package: "([a-z0-9-]+)"/) {
            #expect(building.contains(String(match.1)), "packaging/packages lacks \(match.1)")
        }
    }
}
