// Killed at a system call, for every call of a kind in turn: whatever the instant, a start afterwards brings record, tree
// and ledger to one answer, and nothing is lost, doubled or left over.
import Foundation
import Testing

@Suite struct CrashTests {
    /// The calls that change what a power failure would leave behind.
    @Test(
        .enabled(if: Machine.has("strace"), "strace is needed to kill at a system call"),
        arguments: ["renameat2", "unlink", "mkdir", "fsync", "fdatasync", "chmod", "ftruncate"])
    func killed_at_each_call_of_a_kind_nothing_is_lost_or_doubled(call: String) throws {
        var points = 0
        for number in 1...Self.pointsAtMost {
            let flipd = try Self.flipdWithThreeFiles()
            try flipd.start(
                under: [
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                    "inject=\(call):signal=KILL:when=\(number)",
                ],
                waiting: false)
            try flipd.waitUntil("it is killed or done") { !flipd.isRunning || flipd.isDone }
            let wasKilled = !flipd.isRunning
            if wasKilled { try flipd.start() }
            try flipd.waitUntil("it is done after \(call) number \(number)") { flipd.isDone }
            try Self.expectNothingLost(flipd, "\(call) number \(number)")
            if !wasKilled { break }
            points += 1
        }
        // Told, so that a change that silently tries nothing is seen.
        #expect(points > 0 || call == "ftruncate" || call == "fdatasync")
        FileHandle.standardError.write(Data("killed at \(points) calls of \(call)\n".utf8))
    }

    /// More calls of one kind than these three files need.
    private static let pointsAtMost = 200

    /// One to publish, its twin, and one to hand back.
    private static func flipdWithThreeFiles() throws -> Flipd {
        let flipd = try Flipd(
            ["--set", "Intake.Settle=0.1s", "--set", "Video.LongSide=160", "--set", "Worker.Threads=1"],
            start: false)
        try flipd.drop(Machine.tinyClip, as: "Loom/one.mp4")
        try flipd.drop(Machine.tinyClip, as: "two.mp4")
        try flipd.write("no video", as: "Box/three.txt")
        return flipd
    }

    private static func expectNothingLost(_ flipd: Flipd, _ point: String) throws {
        let states = try flipd.assets().compactMap { $0["state"] as? String }.sorted()
        #expect(states == ["duplicate", "failed", "ready"], "\(point)")
        let handedBack = flipd.incoming.path + "/Problems/Box/three.txt"
        #expect(try String(contentsOfFile: handedBack, encoding: .utf8) == "no video", "\(point)")
        #expect(FileManager.default.fileExists(atPath: handedBack + ".txt"), "\(point)")
        #expect(try flipd.files(below: "incoming").count == 2, "\(point)")
        try flipd.expectOrder()
        let original = try #require(try flipd.files(below: "library/originals").first)
        #expect(
            FileManager.default.contentsEqual(
                atPath: flipd.library.path + "/originals/" + original, andPath: Machine.tinyClip.path),
            "\(point)")
    }
}

extension Flipd {
    /// All three files have come to their end. A daemon that cannot be asked is not done.
    fileprivate var isDone: Bool {
        guard let assets = try? assets(), assets.count == 3 else { return false }
        return assets.allSatisfy { ["ready", "duplicate", "failed"].contains($0["state"] as? String) }
    }
}
