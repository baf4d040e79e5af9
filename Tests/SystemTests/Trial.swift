// One try of many: a flipd of its own with some dropped files and a fault at one system call, a restart where it takes
// one, and a look at what became of everything. It answers with complaints in words, for many are tried side by side.
import Foundation

/// The system calls that change files, by the names of Tests/Faults/faults.c.
enum CallKind: String, CaseIterable, Sendable {
    case openat, write, pwrite, rename, link, unlink, mkdir, sync, truncate, chmod, copy

    /// The numbers of the calls that are hit: all of them with `make test-faults`, else one in so many. It is SQLite alone
    /// that says where in a file it writes, a dozen times for each change, which counts only with the sync that follows.
    func numbers(through last: Int, ofPwrite: Int, ofOthers: Int, _ chance: String) -> [Int] {
        let step = Faults.isWhole ? 1 : self == .pwrite ? ofPwrite : ofOthers
        var chance = Faults.Chance("\(chance) \(self)")
        return Array(stride(from: Int.random(in: 1...step, using: &chance), through: last, by: step))
    }
}

/// How the dropped files come in.
enum Way: String, CaseIterable, Sendable {
    case byRename = "by rename"
    /// The drop folder is on another filesystem: everything is copied in, and copied back out.
    case byCopy = "by copy"
}

/// Which call is hit, and how.
struct FaultPoint: Sendable, CustomStringConvertible {
    let way: Way
    let kind: CallKind
    let number: Int
    /// "kill" or the name of an error.
    var deed = "kill"
    /// So many calls in a row fail, like a disk that fills up and is freed.
    var count = 1

    var description: String {
        "\(deed) at \(kind) number \(number)\(count > 1 ? " and \(count - 1) more" : ""), \(way.rawValue)"
    }
}

final class Trial {
    private let flipd: Flipd
    private let point: FaultPoint
    private let calls: URL

    /// Where files are kept in memory: another filesystem, wherever the temporary folder is.
    static let memory = "/dev/shm"

    init(_ point: FaultPoint) throws {
        self.point = point
        let elsewhere = URL(fileURLWithPath: "\(Self.memory)/flipd-test-\(UUID().uuidString)")
        flipd = try Flipd(
            [
                "--set", "Intake.Settle=0.1s", "--set", "Intake.MaxVideoSize=100K", "--set", "Worker.Threads=1",
                // It keeps nothing, and is written when the clock says so: calls could not be counted.
                "--set", "Intake.Receipts=no",
            ], incoming: point.way == .byCopy ? elsewhere : nil, start: false, backedUp: false)
        calls = flipd.root.appendingPathComponent("calls")
        // One to publish, its twin, one to hand back, and one that is not even taken; where every call is tried, a photo as
        // well, and what follows it.
        let videos = """
            mkdir -p "$0/Loom" "$0/Box" && cp "$1" "$0/Loom/one.mp4" && cp "$1" "$0/two.mp4" &&
            printf 'no video' > "$0/Box/three.txt" && truncate -s 200K "$0/large.mp4"
            """
        let photo = #"cp "$2" "$0/four.jpg" && printf "$3" > "$0/four.AAE""#
        try Machine.run(
            Machine.asOrdinaryUser + [
                "sh", "-c", Faults.isWhole ? "\(videos) && \(photo)" : videos, flipd.incoming.path,
                Machine.threeFrames.path, Machine.smallPhoto.path, Self.edits,
            ])
    }

    /// What a phone writes beside a photo that was changed on it.
    private static let edits = "edits"

    struct Outcome: Sendable {
        /// Every call of the kind that was made, as its name and its path, the names made on the way left out.
        var calls: [String] = []
        /// How flipd ended, if it did so by itself.
        var code: Int32?
        /// It took a restart to get everything done.
        var isRestarted = false
        var complaints: [String] = []
    }

    /// What is done without a fault. A try that took more than a minute made a snapshot of the ledger too, which no other
    /// does: then once more.
    static func control(_ way: Way, _ kind: CallKind) -> Outcome {
        var outcome = kill(at: FaultPoint(way: way, kind: kind, number: .max))
        for _ in 1...4 where outcome.calls.contains(where: { $0.contains(".staging/ledger") }) {
            outcome = kill(at: FaultPoint(way: way, kind: kind, number: .max))
        }
        return outcome
    }

    /// Kills flipd at the call, starts it again, and looks.
    static func kill(at point: FaultPoint) -> Outcome {
        outcome(of: point) { trial, outcome in
            try trial.begin()
            let undone = trial.flipd.lastingComplaints {
                trial.isDone() ? [] : ["its assets are \(trial.flipd.states)"]
            }
            if !undone.isEmpty, trial.flipd.isRunning {
                outcome.complaints.append("neither killed nor done; \(undone[0])")
            }
            trial.flipd.terminate()
            outcome.code = trial.flipd.waitForExit()
            outcome.complaints += try trial.goOn()
        }
    }

    /// Lets the calls fail, and looks whether flipd goes on by itself, or says why it ends and goes on after a start.
    static func fail(at point: FaultPoint, patience_s: Double) -> Outcome {
        outcome(of: point) { trial, outcome in
            try trial.begin()
            let isThrough = try trial.waits(
                patience_s, until: { try !trial.flipd.isRunning || trial.complaints().isEmpty })
            if !trial.flipd.isRunning { outcome.code = trial.flipd.waitForExit() }
            outcome.isRestarted = outcome.code != nil || !isThrough
            if outcome.code == nil {
                let end = try trial.flipd.stop()
                if end.code != 0 || end.seconds > 10 {
                    outcome.complaints.append("it ended with \(end.code) after \(end.seconds) s")
                }
            } else if outcome.code != 1 || !trial.flipd.log.contains("cannot") {
                outcome.complaints.append("it ended with \(outcome.code ?? 0) and no word")
            }
            outcome.complaints += try trial.goOn()
        }
    }

    private static func outcome(of point: FaultPoint, _ body: (Trial, inout Outcome) throws -> Void) -> Outcome
    {
        var outcome = Outcome()
        do {
            let trial = try Trial(point)
            try body(trial, &outcome)
            outcome.calls = trial.callsMade()
            if !outcome.complaints.isEmpty { outcome.complaints.append("its log:\n\(trial.flipd.log)") }
        } catch {
            outcome.complaints.append("\(error)")
        }
        outcome.complaints = outcome.complaints.map { "\(point): \($0)" }
        return outcome
    }

    // MARK: Its parts

    private func begin() throws {
        try flipd.start(
            under: [
                Machine.program("faults"), point.kind.rawValue, "\(point.number)", "\(point.count)", point.deed,
                "\(flipd.root.path):\(flipd.incoming.path)", calls.path,
            ], waiting: false)
    }

    /// Starts it again without a fault: everything comes to its end.
    private func goOn() throws -> [String] {
        try flipd.start(waiting: false)
        // What waits for the machine waits on after a restart.
        var complaints = try flipd.lastingComplaints(after: Faults.isWhole ? 330 : 150) {
            try self.complaints()
        }
        if complaints.isEmpty { complaints += try againstTheRecord() }
        flipd.terminate()
        let code = flipd.waitForExit()
        if code != 0 { complaints.append("after a restart it ended with \(code)") }
        return complaints
    }

    /// After an error, and now and then: the record alone tells the same as the ledger.
    private func againstTheRecord() throws -> [String] {
        guard Faults.isWhole || point.deed != "kill" || point.number % 8 == 1 else { return [] }
        let before = try flipd.comparableAssets()
        flipd.terminate()
        _ = flipd.waitForExit()
        try flipd.start(["--rebuild"], waiting: false)
        var complaints = flipd.waitForExit() == 0 ? [] : ["it cannot be rebuilt"]
        try flipd.start(waiting: false)
        guard try waits(20, until: { flipd.answer("/v1/status") != nil }) else {
            return ["rebuilt, it is silent"]
        }
        let after = try flipd.comparableAssets()
        if before != after { complaints.append("rebuilt, it says \(after) instead of \(before)") }
        return complaints
    }

    private func callsMade() -> [String] {
        var text = (try? String(contentsOf: calls, encoding: .utf8)) ?? ""
        text.replace(flipd.incoming.path, with: "incoming")
        text.replace(flipd.root.path + "/", with: "")
        text.replace(flipd.root.path, with: "root")
        text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/, with: "ID")
        return text.split(separator: "\n").map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
    }

    private func waits(_ seconds: Double, until condition: () throws -> Bool) throws -> Bool {
        let end = Date() + seconds
        while Date() < end {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    private func isDone() -> Bool {
        flipd.states == ["duplicate", "failed", "failed", "ready"] + (Faults.isWhole ? ["ready"] : [])
    }

    /// What is not as docs/stages.md says that it is in the end.
    private func complaints() throws -> [String] {
        guard isDone() else { return ["its assets are \(flipd.states)"] }
        var complaints = flipd.disorder()
        let back = ["Box/three.txt", "Box/three.txt.txt", "large.mp4", "large.mp4.txt"].map { "Problems/" + $0 }
        let found = flipd.names(below: flipd.incoming)
        if found != back { complaints.append("incoming holds \(found)") }
        let text = try? String(contentsOf: flipd.incoming.appendingPathComponent(back[0]), encoding: .utf8)
        if text != "no video" { complaints.append("it was handed back as \(text ?? "nothing")") }
        let originals = flipd.names(below: flipd.library.appendingPathComponent("originals"))
        let kept = Set(
            originals.map { try? Data(contentsOf: flipd.library.appendingPathComponent("originals/" + $0)) })
        var dropped = try [Data(contentsOf: Machine.threeFrames)]
        if Faults.isWhole {
            dropped += try [Data(contentsOf: Machine.smallPhoto), Data(Self.edits.utf8)]
        }
        if originals.count != dropped.count || kept != Set(dropped) {
            complaints.append("the originals are not what was dropped: \(originals)")
        }
        return complaints
    }
}
