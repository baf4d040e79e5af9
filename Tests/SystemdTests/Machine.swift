// A booted systemd with flipd's package at hand (packaging/machine), for a whole suite of tests.
import Glibc
import Model
import Platform
import Testing

enum Machine {
    /// Why no systemd can be booted here; nil if one can.
    static let hindrance: String? = {
        let answer = shell("\(script) can")
        return answer.status == 0 ? nil : answer.text
    }()

    private static let script: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        // Of this process alone, so that two runs do not meet.
        return "NAME=flipd-test-\(getpid()) '/\(root)/packaging/machine'"
    }()

    static func up() throws {
        let answer = shell("\(script) up")
        try #require(answer.status == 0, "\(answer.text)")
    }

    /// As README.md says.
    static func install() throws {
        let done = run("DEBIAN_FRONTEND=noninteractive apt-get -qq -y install /root/flipd.deb")
        try #require(done.status == 0, "\(done.text)")
        let isRunning = waits(seconds: 20, for: "systemctl is-active -q flipd")
        try #require(isRunning, "\(run("journalctl -u flipd -o cat").text)")
    }

    static func restart() throws {
        let answer = shell("\(script) restart")
        try #require(answer.status == 0, "\(answer.text)")
    }

    static func down() { _ = shell("\(script) down") }

    /// Runs a line of shell in the machine.
    @discardableResult
    static func run(_ line: String) -> (status: Int32, text: String) {
        shell("\(script) in sh -c '\(line.replacing("'", with: #"'\''"#))'")
    }

    /// A property of flipd.service.
    static func property(_ name: String) -> String { run("systemctl show flipd -P \(name)").text }

    /// The indented lines of a section of a page in docs/, as root of a machine that may have no sudo.
    static func commands(_ section: String, of page: String = "operating.md") throws -> [String] {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let manual = try Files.read(Path("/\(folder)/docs/\(page)"), limit: 1 << 20)
        let text = String(decoding: manual, as: UTF8.self)
        let part = try #require(text.split(separator: "## \(section)\n").dropFirst().first)
        let lines = part.split(separator: "\n## ")[0].split(separator: "\n").filter { $0.hasPrefix("    ") }
        return lines.map { line in
            // Behind two spaces stands what is meant.
            let command = line.drop { $0 == " " }.split(separator: "  ")[0]
            let asRoot = command.replacing("sudo -u flipd ", with: "runuser -u flipd -- ")
            return String(asRoot.hasPrefix("sudo ") ? asRoot.dropFirst(5) : asRoot[...])
        }
    }

    /// Waits until a line of shell in the machine succeeds.
    static func waits(seconds: Double, for line: String) -> Bool {
        let until = Clock.monotonic_s() + seconds
        while run(line).status != 0 {
            if Clock.monotonic_s() > until { return false }
            usleep(100_000)
        }
        return true
    }

    private static func shell(_ line: String) -> (status: Int32, text: String) {
        guard let pipe = popen("{ \(line); } 2>&1 </dev/null", "r") else { return (-1, "no shell") }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&part, 1, part.count, pipe)
            if count == 0 { break }
            bytes += part[..<count]
        }
        let status = pclose(pipe)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return ((status >> 8) & 0xFF, String(decoding: bytes, as: UTF8.self))
    }
}

/// Boots the machine before the first test of a suite and ends it after the last. The tests wait on a thread of their
/// own, so that they keep no others from running.
struct InMachine: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(try WorkThread()) {
            try Machine.up()
            do {
                try await function()
            } catch {
                Machine.down()
                throw error
            }
            Machine.down()
        }
    }
}

extension Trait where Self == InMachine {
    static var inMachine: InMachine { InMachine() }
}
