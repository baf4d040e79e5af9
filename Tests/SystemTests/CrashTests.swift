// Killed at a system call, for every call of a kind in turn: whatever the instant, a start afterwards brings record, tree
// and ledger to one answer, and nothing is lost, doubled or left over. The calls are counted over all threads, below
// flipd's folders; the first that is hit is that of the start on an empty folder, the last that of the end. Without
// `make test-faults` only some of SQLite's own writes are hit, and no photo is dropped.
import Foundation
import Testing

@Suite(.serialized, .seatedAtOnce) struct CrashTests {
    @Test(
        .enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"),
        .enabled(if: Machine.hasTwoFilesystems, "\(Trial.memory) is no filesystem of its own"),
        arguments: CallKind.allCases, Way.allCases)
    func killed_at_each_call_of_a_kind_nothing_is_lost_or_doubled(kind: CallKind, way: Way) throws {
        let began = Date()
        let control = Trial.control(way, kind)
        for complaint in control.complaints { Issue.record("without a fault: \(complaint)") }
        // The threads do not always come in the same order, so that a run may make some calls more.
        var left = kind.numbers(
            through: control.calls.count + 2, ofPwrite: 12, ofOthers: 1, "killed \(way)")
        var killed: [Trial.Outcome] = []
        var missed: Set<String> = []
        for _ in 1...4 where !left.isEmpty {
            let outcomes = Faults.sideBySide(left, atOnce: 2) {
                Trial.kill(at: FaultPoint(way: way, kind: kind, number: $0))
            }
            for complaint in outcomes.flatMap(\.complaints) { Issue.record("\(complaint)") }
            for (number, outcome) in zip(left, outcomes) where number <= control.calls.count - 2 {
                #expect(outcome.code == 128 + SIGKILL, "\(kind) number \(number) was not hit")
            }
            killed += outcomes.filter { $0.code == 128 + SIGKILL }
            // Nor do they make the same calls under the same numbers: those are aimed at again.
            missed = Set(control.calls).subtracting(killed.compactMap(\.calls.last))
            left = control.calls.indices.filter { missed.contains(control.calls[$0]) }.map { $0 + 1 }
        }
        // Told, so that a change that silently tries nothing is seen.
        Faults.say(
            "killed at \(killed.count) calls of \(kind) (\(way.rawValue)), in \(Set(killed.compactMap(\.calls.last)).count) "
                + "places; \(missed.isEmpty ? "none" : "\(missed.sorted())") missed; "
                + "in \(Int(-began.timeIntervalSinceNow)) s")
    }
}

extension Machine {
    /// Whether one process may answer for another: without that none can be hit at a system call.
    static let mayAnswer: Bool = {
        let command = [program("faults"), "sync", "1", "1", "kill", "/nowhere", "/dev/null", "true"]
        return (try? run(asOrdinaryUser + command, mustSucceed: false))?.status == 0
    }()

    /// Whether a file can be dropped on a filesystem where a rename into the library does not work.
    static let hasTwoFilesystems: Bool = {
        let folders = [FileManager.default.temporaryDirectory.path, Trial.memory]
        let devices = folders.map { try? run(["stat", "-c", "%d", $0]).output }
        return devices[0] != nil && devices[1] != nil && devices[0] != devices[1]
    }()
}
