// A real server on 127.0.0.1, of one test's own: on a port that was free, with users of its own, which the machine does
// not have. It ends with its object, and all that it started.
import Foundation
import Testing

final class Server {
    /// The user of a server who is not the one that flipd runs as.
    static let stranger = "ada"
    static let strangerNumber = "20001"

    /// Why no server can be started here; nil if one can.
    static let hindrance: String? = {
        guard Machine.isRoot else { return "only root may start Samba and sshd for other users" }
        let missing = ["/usr/sbin/smbd", "smbclient", "/usr/sbin/sshd", "scp", "rsync"].filter {
            !Machine.has($0)
        }
        if !missing.isEmpty { return "not installed: \(missing.joined(separator: ", "))" }
        let room = try? Machine.run(["unshare", "--mount", "--pid", "--fork", "true"], mustSucceed: false)
        return room?.status == 0 ? nil : "this machine allows no namespaces of its own"
    }()

    let folder: URL
    let port: Int
    private let process = Process()

    /// `program` is a line of shell, begun with a `/run` of its own.
    init(in folder: URL, port: Int, program: String) throws {
        self.folder = folder
        self.port = port
        try Self.writeUsers(to: folder)
        let line = """
            cd '\(folder.path)' && mount --bind passwd /etc/passwd && mount --bind group /etc/group \
            && mount -t tmpfs run /run && mkdir /run/sshd && exec \(program)
            """
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // In a room of its own for processes, so that its end is everybody's.
        process.arguments = [
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", line,
        ]
        let log = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        // It waits for its child without listening to a gentler signal; the child ends with it.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// False when somebody else got its port first.
    func comesUp(_ answers: () throws -> Bool) throws -> Bool {
        let end = Date() + 30
        while process.isRunning, Date() < end {
            if try answers() { return process.isRunning }
            usleep(50_000)
        }
        return false
    }

    var log: String { (try? String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)) ?? "" }

    /// The machine's users, each with a shell; and a stranger.
    private static func writeUsers(to folder: URL) throws {
        let machine = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        let others = machine.split(separator: "\n").filter { !$0.hasPrefix("nobody:") }
        let ours = [
            "nobody:*:65534:65534::/:/bin/sh",
            "\(stranger):*:\(strangerNumber):\(strangerNumber)::/:/bin/sh",
        ]
        try (others.map(String.init) + ours + [""]).joined(separator: "\n").write(
            to: folder.appendingPathComponent("passwd"), atomically: true, encoding: .utf8)
        let groups = try String(contentsOfFile: "/etc/group", encoding: .utf8)
        try (groups + "\(stranger):x:\(strangerNumber):\n").write(
            to: folder.appendingPathComponent("group"), atomically: true, encoding: .utf8)
    }

    /// Starts one on a free port; on another one, should somebody take that first.
    static func start<Kind>(_ make: (_ folder: URL, _ port: Int) throws -> Kind?) throws -> Kind {
        for _ in 0..<5 {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "flipd-server-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            if let server = try make(folder, try freePort()) { return server }
        }
        throw Machine.Failure(text: "no server came up")
    }

    static func freePort() throws -> Int {
        let script = """
            import socket, sys
            free = socket.socket()
            free.bind(("127.0.0.1", 0))
            sys.stdout.write(str(free.getsockname()[1]))
            """
        return try #require(Int(try Machine.run(["/usr/bin/python3", "-c", script]).output))
    }
}
