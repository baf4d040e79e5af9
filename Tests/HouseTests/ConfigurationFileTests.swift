// What people read about the configuration, and what flipd reads: key by key the same.
import Glibc
import Model
import Testing

@testable import flipd

struct ConfigurationFileTests {
    /// A key as a file shows it.
    private struct Shown: Hashable {
        let section: String
        let text: String

        init(_ section: String, _ text: String) { (self.section, self.text) = (section, text) }
        init(_ key: ConfigurationKey) { self.init(key.section, "\(key.name)=\(key.standard)") }
    }

    private func shown(in file: TextFile) -> [Shown] {
        var section = ""
        return file.lines.compactMap { line in
            if let match = line.wholeMatch(of: /\[([A-Za-z]+)\]/) { section = String(match.1) }
            return line.wholeMatch(of: /#([A-Z][A-Za-z]*=.*)/).map { Shown(section, String($0.1)) }
        }
    }

    @Test func theFileShowsEveryKeyInOrderAtItsDefault() throws {
        let file = try Repository.read("etc/flipd.conf")
        #expect(shown(in: file) == ConfigurationKey.all.map(Shown.init))
    }

    @Test func everyKeyOfTheFileIsExplainedAboveIt() throws {
        let lines = try Repository.read("etc/flipd.conf").lines
        for (index, line) in lines.enumerated() where line.contains(/^#[A-Z][A-Za-z]*=/) {
            #expect(lines[index - 1].hasPrefix("# "), "etc/flipd.conf:\(index + 1)")
        }
    }

    @Test func theManualShowsEveryKeyInOrderAtItsDefault() throws {
        var section = ""
        let shown = try Repository.read("man/flipd.conf.5").lines.compactMap { line -> Shown? in
            if let match = line.wholeMatch(of: /\.Sh \[([A-Z]+)\]/) { section = String(match.1) }
            return line.wholeMatch(of: /\.It Li ([A-Z][A-Za-z]*=.*)/).map { Shown(section, String($0.1)) }
        }
        #expect(shown == ConfigurationKey.all.map { Shown($0.section.uppercased(), Shown($0).text) })
    }

    @Test(arguments: ConfigurationKey.all.indices) func theDefaultThatIsShownIsTheOneInForce(_ index: Int) {
        let key = ConfigurationKey.all[index]
        var configuration = Configuration()
        #expect(key.read(key.standard, &configuration), "\(key.name)=\(key.standard) is not allowed")
        #expect(String(reflecting: configuration) == String(reflecting: Configuration()), "\(key.name)")
    }

    @Test func withEveryKeyInForceTheFileChangesNothing() throws {
        let file = try Repository.read("etc/flipd.conf")
        let lines = file.lines.map { $0.contains(/^#[A-Z][A-Za-z]*=/) ? String($0.dropFirst()) : $0 }
        var path = Array("/tmp/flipd.conf.XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        defer {
            close(descriptor)
            unlink(path)
        }
        let text = lines.joined(separator: "\n") + "\n"
        try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
        var source = ConfigurationSource()
        source.file = Path(bytes: path.dropLast().map { UInt8(bitPattern: $0) })
        #expect(String(reflecting: try source.load()) == String(reflecting: Configuration()))
    }
}
