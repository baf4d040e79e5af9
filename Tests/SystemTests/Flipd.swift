// A flipd of the test's own, run from outside as its users would: the built programs, an ordinary user, a folder below
// the system's temporary one. Everything ends with the object.
import Foundation
import Testing

final class Flipd {
    let root: URL
    let incoming: URL
    /// Where its second copy is, if a test makes one.
    var copy = ""
    private var process: Process?
    private(set) var arguments: [String]
    private let user: [String]

    /// Quick settings for tests; later ones override earlier ones.
    static let quick = [
        "--set", "Intake.Settle=0.3s", "--set", "Intake.EmptyAfter=1s", "--set", "Intake.Patience=1s", "--set",
        "Video.Preset=ultrafast",
    ]

    /// The drop folder may be elsewhere, and is removed like the rest. Unless a test is about backups, one has just been
    /// made, so that nothing but what the test is about can trouble the status.
    init(
        _ arguments: [String] = [], incoming elsewhere: URL? = nil, start: Bool = true, backedUp: Bool = true,
        as user: [String] = Machine.asOrdinaryUser
    ) throws {
        root = try Machine.folder()
        incoming = elsewhere ?? root.appendingPathComponent("incoming")
        self.user = user
        self.arguments = Self.quick + arguments
        if let elsewhere { self.arguments += ["--set", "Folders.Incoming=\(elsewhere.path)"] }
        if backedUp { try backUpElsewhere() }
        if start { try self.start() }
    }

    private func backUpElsewhere() throws {
        let copy = root.appendingPathComponent("copy").path
        arguments += ["--set", "Backup.Destination=\(copy)"]
        try reportBackup(to: copy)
    }

    /// Says that a backup was just made there.
    func reportBackup(to copy: String) throws {
        let now = ISO8601DateFormatter().string(from: Date())
        let report = """
            {"destination":"\(copy)","began_at":"\(now)","ended_at":"\(now)","result":"ok","text":"Done.","files":1,
             "bytes":1,"verified":1,"last_success_began_at":"\(now)","last_success_ended_at":"\(now)"}
            """
        let script = "mkdir -p \"$0\" && printf %s \"$1\" > \"$0/backup.json\""
        try Machine.run(user + ["sh", "-c", script, root.appendingPathComponent("state").path, report])
    }

    deinit {
        kill()
        // Published folders are read-only, also to their owner.
        _ = try? Machine.run(["chmod", "-R", "u+w", root.path])
        if !copy.isEmpty {
            _ = try? Machine.run(["chmod", "-R", "u+w", copy])
            try? FileManager.default.removeItem(atPath: copy)
        }
        for place in [root, incoming, logFile] { try? FileManager.default.removeItem(at: place) }
    }

    var library: URL { root.appendingPathComponent("library") }
    /// Beside the folder, for that may be a disk that is cut off.
    private var logFile: URL { root.appendingPathExtension("log") }
    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }
    var pid: Int32 { process?.processIdentifier ?? 0 }
    var isRunning: Bool { process?.isRunning ?? false }

    /// Starts and waits until it answers.
    func start(_ more: [String] = [], under prefix: [String] = [], waiting: Bool = true) throws {
        let process = Process()
        let command =
            user + prefix + [Machine.program("flipd"), "--root", root.path] + arguments + more
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        if !FileManager.default.fileExists(atPath: logFile.path) {
            _ = FileManager.default.createFile(atPath: logFile.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: logFile)
        try handle.seekToEnd()
        process.standardError = handle
        process.standardOutput = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        if waiting {
            try waitUntil("flipd answers") { !process.isRunning || answer("/v1/status") != nil }
        }
    }

    /// Asks it to stop; answers how long that took and its exit code.
    @discardableResult
    func stop() throws -> (seconds: Double, code: Int32) {
        let began = Date()
        process?.terminate()
        process?.waitUntilExit()
        return (Date().timeIntervalSince(began), process?.terminationStatus ?? -1)
    }

    /// Asks it to stop, and does not wait.
    func terminate() { process?.terminate() }

    func kill() {
        guard let process, process.isRunning else { return }
        // By its folder, because what may run in front of it could leave it behind.
        _ = try? Machine.run(["pkill", "-KILL", "-f", "--", "--root \(root.path)"], mustSucceed: false)
        process.waitUntilExit()
    }

    func waitForExit() -> Int32 {
        process?.waitUntilExit()
        return process?.terminationStatus ?? -1
    }

    // MARK: As staff would

    /// Copies a file into the drop folder, as an ordinary user with `cp`.
    func drop(_ file: URL, as name: String) throws {
        let target = incoming.appendingPathComponent(name)
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", target.deletingLastPathComponent().path])
        try Machine.run(Machine.asOrdinaryUser + ["cp", file.path, target.path])
    }

    @discardableResult
    func ctl(_ arguments: String...) throws -> Machine.Result {
        try Machine.run(
            Machine.asOrdinaryUser + [Machine.program("flipctl"), "--root", root.path] + arguments,
            mustSucceed: false)
    }

    func json(_ path: String) throws -> Any {
        guard let said = ask(path) else {
            throw Machine.Failure(text: "flipd does not answer; its log says:\n\(log)")
        }
        return try JSONSerialization.jsonObject(with: said.body)
    }

    func status() throws -> [String: Any] { try #require(try json("/v1/status") as? [String: Any]) }

    func assets(_ query: String = "") throws -> [[String: Any]] {
        let page = try #require(try json("/v1/assets\(query)") as? [String: Any])
        return try #require(page["assets"] as? [[String: Any]])
    }

    /// The asset with this camera name, once it is in that state.
    func asset(_ name: String, is state: String, within seconds: Double? = nil) throws -> [String: Any] {
        var found: [String: Any]?
        try waitUntil("\(name) is \(state)", within: seconds) {
            found = try assets("?limit=500").first {
                $0["source_name"] as? String == name && $0["state"] as? String == state
            }
            return found != nil
        }
        return try #require(found)
    }

    func waitUntil(_ what: String, within seconds: Double? = nil, _ condition: () throws -> Bool) throws {
        let began = Date()
        if try waits(within: seconds, until: condition) { return }
        let waited = Int(Date().timeIntervalSince(began))
        Issue.record("after \(waited) s it is not true that \(what); the log says:\n\(log)")
        throw Machine.Failure(text: what)
    }

    /// Where no time is given it is enough that flipd's jobs get on, for ten minutes at most: its workers have only what nobody
    /// else wants of the processors, and beside other tests that may be next to nothing.
    func waits(within seconds: Double? = nil, until condition: () throws -> Bool) rethrows -> Bool {
        var seen: String?
        for _ in 0..<(seconds == nil ? 4 : 1) {
            let end = Date() + (seconds ?? 150)
            while Date() < end {
                if try condition() { return true }
                usleep(50_000)
            }
            let now = seconds == nil ? jobs() : nil
            if now == seen { break }
            seen = now
        }
        return false
    }

    /// What is being made, and how far it is. Nil while nothing is.
    private func jobs() -> String? {
        guard let jobs = (try? status())?["jobs"] as? [[String: Any]], !jobs.isEmpty else { return nil }
        return jobs.map { "\($0["id"] ?? "") \($0["stage"] ?? "") \($0["progress"] ?? "")" }.sorted().joined(
            separator: ", ")
    }
}
