// The import law: which room may open onto which. The table is the one in docs/architecture.md; Package.swift makes the
// compiler check most of it, and these tests check the rest and Package.swift.
import Testing

struct ImportTests {
    /// What each target may import of ours and of C's.
    static let plan: [String: Set<String>] = [
        "Model": [],
        "Platform": ["Model", "CLinux", "CSystemd", "CSeccomp", "CCrypto", "CINI"],
        "Ingest": ["Model", "Platform"],
        "Library": ["Model", "Platform"],
        "Ledger": ["Model", "CSQLite"],
        "Workshop": ["Model", "Platform"],
        "Transcode": ["Model", "CColour", "CLibAV", "CTurboJPEG", "CVips", "CHeif"],
        "Status": ["Model", "Platform", "CMicrohttpd"],
        "Notify": ["Model", "CCurl"],
        "flipd": ["Model", "Platform", "Ingest", "Library", "Ledger", "Workshop", "Status", "Notify"],
        "flip-worker": ["Model", "Platform", "Transcode"],
        "flipctl": ["Model", "Platform", "CCurl"],
    ]

    /// Of Swift's own: the C library for all that ask the system themselves, locks where threads meet.
    static let system: [String: Set<String>] = [
        "Platform": ["Glibc", "Synchronization"], "Transcode": ["Glibc", "Synchronization"],
        "Ingest": ["Glibc"],
        "Status": ["Glibc"], "flipd": ["Glibc"], "flip-worker": ["Glibc"], "flipctl": ["Glibc"],
    ]

    /// The one file that may know Foundation, and only its essentials: the daemon needs JSON and nothing more of it.
    static let foundation = (file: "Sources/Platform/JSON.swift", module: "FoundationEssentials")

    private func imports(_ file: TextFile) -> [String] {
        file.lines.compactMap { line in
            line.wholeMatch(
                of:
                    /(?:@testable |@_exported |package |internal |public |private |fileprivate )*import ([^ ]+).*/
            )
            .map { String($0.1) }
        }
    }

    @Test(arguments: Repository.sources) func importsOnlyWhatThePlanAllows(_ file: TextFile) throws {
        var allowed = try #require(Self.plan[file.target], "\(file.target) is no room of the plan")
        allowed.formUnion(Self.system[file.target] ?? [])
        if file.path == Self.foundation.file { allowed.insert(Self.foundation.module) }
        for module in imports(file) {
            #expect(allowed.contains(module), "\(file.path) must not import \(module)")
        }
    }

    @Test func everyRoomHasItsFiles() {
        #expect(Set(Repository.sources.map(\.target)) == Set(Self.plan.keys))
    }

    @Test func thePlanOfThePackageIsThisOne() throws {
        let package = try Repository.read("Package.swift").text
        for match in package.matches(of: /\n {8}(?:room|program)\([^"]*"([^"]+)", \[([^\]]*)\]\)/) {
            let listed = match.2.split(separator: ",").map { $0.filter { !" \"\n".contains($0) } }
            #expect(Set(listed) == Self.plan[String(match.1)], "\(match.1)")
        }
        #expect(package.matches(of: /\n {8}(?:room|program)\(/).count == Self.plan.count)
    }

    @Test func everyTargetHasACaption() throws {
        let lines = try Repository.read("Package.swift").lines
        let targets = lines.indices.filter {
            lines[$0].contains(/^        (room|program|tests|door|\.target)\(/)
        }
        #expect(targets.count > 20)
        for index in targets {
            #expect(lines[index].contains(" // "), "Package.swift:\(index + 1) has no caption")
        }
    }

    @Test func thePlanIsInTheArchitecture() throws {
        let rows = try Repository.read("docs/architecture.md").lines
        for (target, imports) in Self.plan {
            let row = try #require(rows.first { $0.hasPrefix("| `\(target)` |") }, "\(target) has no row")
            let named = row.split(separator: "|")[1].matches(of: /[A-Za-z]+/).map { String($0.0) }
            #expect(imports.isEmpty ? named == ["nothing"] : Set(named) == imports, "\(target)")
        }
    }
}
