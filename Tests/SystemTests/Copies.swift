// A flipd's second copy, looked at from outside.
import Foundation
import Testing

extension Flipd {
    /// One with an empty folder for its second copy.
    static func withCopy() throws -> Flipd {
        let root = try Machine.folder()
        let flipd = try Flipd(["--set", "Backup.Destination=\(root.path)"], backedUp: false)
        flipd.copy = root.path
        return flipd
    }

    /// Two published files, one in the trash, a duplicate, and one that was handed back.
    func dropSome() throws {
        try drop(Machine.threeFrames, as: "Loom/a.mp4")
        try drop(Machine.clip, as: "b.mov")
        try drop(Machine.smallClip, as: "Box/ref=4/c.mp4")
        for name in ["a.mp4", "b.mov", "c.mp4"] { _ = try asset(name, is: "ready") }
        try drop(Machine.threeFrames, as: "again.mp4")
        _ = try asset("again.mp4", is: "duplicate")
        try write("no video", as: "d.txt")
        _ = try asset("d.txt", is: "failed")
        let id = try #require(try asset("c.mp4", is: "ready")["id"] as? String)
        #expect(try ctl("delete", id).status == 0)
    }

    /// Every file of the copy below a folder.
    func copied(below folder: String) throws -> [String] {
        let path = folder.isEmpty ? copy : copy + "/" + folder
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try Machine.run([
            "find", path, "-type", "f", "-not", "-name", ".flipd-backup", "-printf", "%P\\0",
        ])
        .output.split(separator: "\0").map(String.init).sorted()
    }

    /// Where copy and library are not the same; staging is no part of either.
    func differences() throws -> [String] {
        let here = try files(below: "library").filter { !$0.hasPrefix(".staging/") }
        // Old snapshots stay there.
        let there = try copied(below: "").filter { !$0.hasPrefix("ledger/ledger-") }
        let snapshots = here.filter { $0.hasPrefix("ledger/ledger-") }
        var found = Set(here).subtracting(there).subtracting(snapshots).map { "only here: \($0)" }
        found += Set(there).subtracting(here).map { "only there: \($0)" }
        found += Set(here).intersection(there).filter {
            !FileManager.default.contentsEqual(atPath: library.path + "/" + $0, andPath: copy + "/" + $0)
        }
        found += snapshots.filter { !FileManager.default.fileExists(atPath: copy + "/" + $0) }
            .map { "only here: \($0)" }
        return found.sorted()
    }

    /// Published folders of the copy that do not agree with their sums.
    func damagedCopies() throws -> [String] {
        let line = """
            find media trash -name '*-*-*-*-*' -type d 2>/dev/null | while read -r f; do
            (cd "$f" && sha256sum --quiet --strict -c SHA256SUMS) >/dev/null 2>&1 || echo "$f"; done
            """
        return try Machine.run(["sh", "-c", "cd '\(copy.replacing("'", with: "'\\''"))' && \(line)"]).output
            .split(separator: "\n").map(String.init)
    }
}

extension Sshd {
    /// How an ordinary user reaches it, with a key of its own.
    func shell() throws -> String {
        let key = try Machine.folder().appendingPathComponent("key")
        let install = ["install", "-o", "nobody", "-m", "600"]
        try Machine.run(install + [option[1].replacingOccurrences(of: "/ssh", with: "/client"), key.path])
        return (["ssh", "-i", key.path] + option).joined(separator: " ")
    }
}
