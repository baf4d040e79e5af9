// A client in the background, fed and watched by the test; and what every way in must come to. Whatever a client started
// ends with its object.
import Foundation
import Testing

final class Client {
    private let process = Process()
    private let input = Pipe()
    private let said: URL
    private let command: String

    /// One that is not fed reads nothing.
    init(_ command: [String], fed: Bool = false) throws {
        self.command = command.joined(separator: " ")
        said = FileManager.default.temporaryDirectory.appendingPathComponent(
            "flipd-client-\(UUID().uuidString)")
        guard FileManager.default.createFile(atPath: said.path, contents: nil) else {
            throw Machine.Failure(text: "\(said.path) cannot be made")
        }
        let handle = try FileHandle(forWritingTo: said)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = fed ? input : FileHandle.nullDevice
        try process.run()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: said)
    }

    var isRunning: Bool { process.isRunning }
    var output: String { (try? String(contentsOf: said, encoding: .utf8)) ?? "" }

    /// Gives it some bytes to read.
    func feed(_ bytes: Data) throws {
        guard isRunning else { throw Machine.Failure(text: "\(command) ended early and said: \(output)") }
        try input.fileHandleForWriting.write(contentsOf: bytes)
    }

    /// There is nothing more to read.
    func endFeeding() throws { try input.fileHandleForWriting.close() }

    /// Waits for its end, which must be a success without a word of complaint.
    func succeeds() throws {
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(command) said: \(output)")
        Self.expectNoComplaint(output, of: command)
    }

    /// Waits for something that it brings about; a client that ends before that has failed.
    func waitUntil(_ what: String, with flipd: Flipd, _ condition: () throws -> Bool) throws {
        try flipd.waitUntil(what) {
            if try condition() { return true }
            if isRunning { return false }
            throw Machine.Failure(text: "\(command) ended early and said: \(output)")
        }
    }

    /// Waits until so much of what it sends has arrived.
    func waits(for bytes: Int, in flipd: Flipd) throws {
        try waitUntil("\(bytes) bytes have come", with: flipd) { try flipd.arrived() >= bytes }
    }

    /// Ends it as a power failure would; what it was connected to sees only that.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Clients say on stdout what they sent; what is wrong has words of its own.
    private static func expectNoComplaint(_ text: String, of command: String) {
        for word in ["NT_STATUS", "rror", "ailed", "annot", "denied", "No such file", "warning"] {
            #expect(!text.contains(word), "\(command) said: \(text)")
        }
    }
}

extension Flipd {
    /// Runs a client to its end, as the ordinary user.
    func send(_ command: String...) throws { try Client(Machine.asOrdinaryUser + command).succeeds() }

    /// Runs a line of shell in a folder below `sent`, as the ordinary user. `$in` is the folder of that name in the drop folder,
    /// `$elsewhere` a folder on another filesystem that is not there yet.
    func send(line: String, in folder: String = ".") throws {
        let elsewhere = "/dev/shm/flipd-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: elsewhere) }
        // Fields are not split, for names have spaces.
        let script = "IFS=; cd \"$1\" && in=$2 && elsewhere=$3 && \(line)"
        try send(
            "sh", "-c", script, "sh", sent.path + "/" + folder,
            incoming.appendingPathComponent(folder).path, elsewhere)
    }

    /// A folder of the ordinary user's, on the filesystem of the drop folder.
    var sent: URL { root.appendingPathComponent("sent") }

    /// A whole video with bytes that no other file has, in `sent`. It is `megabytes` long, and its index comes last, as phones
    /// write it: cut off anywhere, it is cut short.
    @discardableResult
    func video(_ name: String, megabytes: Int = 0) throws -> URL {
        let video = sent.appendingPathComponent(name)
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", video.deletingLastPathComponent().path])
        let clip = try Data(contentsOf: Machine.tinyClip)
        let index = try #require(Self.start(of: "moov", in: clip))
        let random = try #require(FileHandle(forReadingAtPath: "/dev/urandom"))
        let filling = try #require(try random.read(upToCount: max(16, megabytes << 20)))
        var box = withUnsafeBytes(of: UInt32(filling.count + 8).bigEndian) { Data($0) }
        box += Data("free".utf8) + filling
        try (clip[..<index] + box + clip[index...]).write(to: video)
        if Machine.isRoot { try Machine.run(["chown", "65534:65534", video.path]) }
        return video
    }

    /// Files of `sent` that are to be taken under the names they have there.
    func inSent(_ names: String...) -> [String: URL] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, sent.appendingPathComponent($0)) })
    }

    /// Where one of the outermost boxes of a video begins.
    private static func start(of name: String, in video: Data) -> Int? {
        var place = 0
        while place + 8 <= video.count {
            if video[place + 4..<place + 8].elementsEqual(name.utf8) { return place }
            place += video[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        return nil
    }

    /// What every way in must come to: each of these files, by its path in the drop folder, is one asset and published, its
    /// original what was sent; nothing else was taken, nothing was handed back, and nothing is left.
    func expectTaken(_ files: [String: URL]) throws {
        try waitUntil("\(files.count) files are published") {
            try self.assets("?limit=500&state=ready").count >= files.count
        }
        try waitUntil("nothing is left") { try self.files(below: "incoming").isEmpty }
        let assets = try assets("?limit=500")
        var found: [String] = []
        for asset in assets {
            #expect(asset["state"] as? String == "ready")
            let name = try #require(asset["source_name"] as? String)
            let collection = try #require(asset["collection"] as? String)
            let path = collection.isEmpty ? name : collection + "/" + name
            found.append(path)
            guard let source = files[path], let original = asset["original"] as? String else { continue }
            #expect(
                FileManager.default.contentsEqual(atPath: library.path + "/" + original, andPath: source.path),
                "\(path) is not what was sent")
        }
        #expect(found.sorted() == files.keys.sorted())
        let status = try status()
        #expect(status["waiting"] as? Int == 0)
        #expect(status["needs_you"] as? Int == 0)
        #expect(status["state"] as? String == "ok")
        try expectOrder()
    }

    /// Lets so much time go by that a file at rest would have been taken, and expects that none was.
    func expectNothingTaken(for seconds: Double = 1, _ what: String) throws {
        usleep(UInt32(seconds * 1e6))
        try #require(try assets().isEmpty, "\(what)")
        try #require(try files(below: "incoming/Problems").isEmpty, "\(what)")
    }

    /// How many bytes have come, under whatever names.
    func arrived() throws -> Int {
        let found = FileManager.default.enumerator(at: incoming, includingPropertiesForKeys: nil)
        return (found?.compactMap { $0 as? URL } ?? []).reduce(0) { sum, file in
            // One that has gone meanwhile counts nothing.
            let known = try? FileManager.default.attributesOfItem(atPath: file.path)
            let isReceipt = Self.receiptNames.contains(file.lastPathComponent)
            return sum
                + (!isReceipt && known?[.type] as? FileAttributeType == .typeRegular
                    ? known?[.size] as? Int ?? 0 : 0)
        }
    }
}
