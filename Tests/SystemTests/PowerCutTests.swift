// The power is cut at any moment of a burst: everything that was told of is there afterwards, and nothing is half. The
// disk is a small image; cutting it off drops whatever was not written to it, and mounting it again replays its journal.
import Foundation
import Testing

@Suite(.serialized, .seated) struct PowerCutTests {
    private static let cuts = Faults.isWhole ? 100 : 10
    private static let clips = 6
    private static let others = 3

    @Test(.enabled(if: Machine.isRoot, "only root may mount a disk and cut it off"))
    func after_a_power_cut_everything_told_of_is_there_and_nothing_is_half() throws {
        var chance = Faults.Chance("power")
        var (told, promised, lost) = (0, 0, 0)
        for number in 1...Self.cuts {
            // From the first drop to the last publication, about.
            let moment_s = Double.random(in: 0...2.5, using: &chance)
            let burst = try Burst(clips: Self.clips, others: Self.others)
            defer { burst.disk.remove() }
            try burst.begin()
            burst.run(for: moment_s)
            try burst.cut()
            let complaints = try burst.goOn()
            for complaint in complaints {
                Issue.record("cut number \(number), after \(moment_s) s: \(complaint)\n\(burst.flipd.log)")
            }
            told += burst.told.count
            promised += burst.promised.count
            lost += burst.hasLost ? 1 : 0
        }
        // Now and then somebody else syncs everything just then.
        #expect(lost > Self.cuts / 2, "the power was cut \(lost) times only")
        Faults.say("power cut at \(Self.cuts) moments: \(promised) files were promised, \(told) states told of")
    }
}

/// Files dropped one after the other on a disk of their own, and what was promised about them before it was cut off.
private final class Burst {
    let disk: Disk
    let flipd: Flipd
    private var files: [String: Data] = [:]
    /// Synced by whoever dropped them: nothing of these may be lost.
    private(set) var promised: Set<String> = []
    /// Whether the cut took what nobody had synced.
    private(set) var hasLost = false
    /// The last word about each asset.
    private(set) var told: [String: [String: Any]] = [:]

    init(clips: Int, others: Int) throws {
        flipd = try Flipd(
            ["--set", "Intake.Settle=0.1s", "--set", "Worker.Threads=1"], start: false, backedUp: false)
        disk = try Disk(at: flipd.root)
        let clip = try Data(contentsOf: Machine.threeFrames)
        for number in 0..<clips {
            // The same clip with other bytes: a `free` box at its end.
            let number = UInt8(number)
            files["clip\(number).mp4"] =
                clip + [0, 0, 0, 16] + Array("free".utf8) + [0, 0, 0, 0, 0, 0, 0, number]
        }
        files["twin.mp4"] = files["clip0.mp4"]
        for number in 0..<others { files["text\(number).txt"] = Data("no video \(number)".utf8) }
    }

    func begin() throws {
        try Machine.run(Machine.asOrdinaryUser + ["mkdir", "-p", flipd.incoming.path])
        try Machine.run(["sync", "-f", flipd.incoming.path])
        try flipd.start(waiting: false)
    }

    /// Drops, each file synced as a careful program does, and listens to what is told, until the moment has come.
    func run(for seconds: Double) {
        let end = Date() + seconds
        var left = files.sorted { $0.key < $1.key }[...]
        while Date() < end {
            if let (name, data) = left.popFirst(), drop(data, as: name) { promised.insert(name) }
            for row in flipd.rows { if let id = row["id"] as? String { told[id] = row } }
        }
    }

    private func drop(_ data: Data, as name: String) -> Bool {
        let path = flipd.incoming.path + "/" + name
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        let written = data.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard written == data.count, fchown(file, 65534, 65534) == 0, fsync(file) == 0 else { return false }
        let folder = open(flipd.incoming.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return false }
        defer { close(folder) }
        return fsync(folder) == 0
    }

    func cut() throws {
        // Nobody has synced this one: it proves that the cut loses what was not written.
        let unsynced = flipd.root.appendingPathComponent("unsynced")
        let file = open(unsynced.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        #expect(write(file, "lost", 4) == 4)
        close(file)
        try disk.cut()
        flipd.kill()
        try disk.comeBack()
        hasLost = (contents(unsynced.path) ?? Data()).isEmpty
    }

    /// Starts flipd again, waits until all is done, and says what is not as it should be.
    func goOn() throws -> [String] {
        // What nobody had promised may have gone, and what is there is taken; dropped again it comes twice.
        try flipd.start(waiting: false)
        let complaints = flipd.lastingComplaints { promises() + flipd.disorder() }
        try flipd.stop()
        return complaints
    }

    private func promises() -> [String] {
        let rows = flipd.rows
        let states = Dictionary(grouping: rows) { $0["source_name"] as? String ?? "" }
            .mapValues { $0.compactMap { $0["state"] as? String } }
        var complaints: [String] = []
        for name in promised.sorted() {
            let isOther = name.hasSuffix(".txt")
            let wanted = isOther ? [["failed"]] : [["ready"], ["duplicate"]]
            if !wanted.contains(states[name] ?? []) { complaints.append("\(name) is \(states[name] ?? [])") }
            if isOther, contents(flipd.incoming.path + "/Problems/" + name) != files[name] {
                complaints.append("\(name) is not in Problems")
            }
        }
        for (name, found) in states where found.count != 1 { complaints.append("\(name) is \(found)") }
        for name in flipd.names(below: flipd.incoming) where !name.hasPrefix("Problems/") {
            complaints.append("incoming holds \(name)")
        }
        for row in rows {
            let (name, original) = (row["source_name"] as? String ?? "", row["original"] as? String)
            if let original, contents(flipd.library.path + "/" + original) != files[name] {
                complaints.append("\(original) is not what was dropped as \(name)")
            }
        }
        return complaints + broken(rows)
    }

    /// What was told of once and is not so any more.
    private func broken(_ rows: [[String: Any]]) -> [String] {
        told.values.compactMap { before in
            let id = before["id"] as? String ?? ""
            guard let now = rows.first(where: { $0["id"] as? String == id }) else {
                return "\(id) is not known"
            }
            if now["sha256"] as? String != before["sha256"] as? String { return "\(id) has another hash" }
            let (was, found) = (before["state"] as? String ?? "", now["state"] as? String)
            let isFinal = ["ready", "failed", "duplicate"].contains(was)
            return isFinal && was != found ? "\(id) was \(was) and is \(found ?? "nothing")" : nil
        }
    }

    private func contents(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }
}

/// A small ext4 image, mounted at a folder.
private final class Disk {
    private let folder: URL
    private var image: URL

    init(at folder: URL) throws {
        self.folder = folder
        image = folder.appendingPathExtension("image")
        try Machine.run(["truncate", "-s", "64M", image.path])
        try Machine.run(["mkfs.ext4", "-q", "-F", image.path])
        try mount()
        try Machine.run(["chown", "65534:65534", folder.path])
    }

    private func mount() throws { try Machine.run(["mount", "-o", "loop", image.path, folder.path]) }

    /// From now on every call on it fails, and nothing more is written: FS_IOC_SHUTDOWN without flushing the log.
    func cut() throws {
        let code = """
            import fcntl, os, struct, sys
            folder = os.open(sys.argv[1], os.O_RDONLY)
            fcntl.ioctl(folder, 0x8004587D, struct.pack("I", 2))
            """
        try Machine.run(["python3", "-c", code, folder.path])
    }

    /// What has reached the disk is mounted again, as a copy: the cut one may be in use for a moment, by workers that end
    /// after their flipd, and by whoever has a mount namespace of his own.
    func comeBack() throws {
        try Machine.run(["umount", "-l", folder.path])
        let cut = image
        image = cut.appendingPathExtension("again")
        try Machine.run(["cp", "--sparse=always", cut.path, image.path])
        try FileManager.default.removeItem(at: cut)
        try mount()
    }

    func remove() {
        _ = try? Machine.run(["umount", "-l", folder.path])
        try? FileManager.default.removeItem(at: image)
    }
}
