// A disk that answers with an error, at every call of a kind: once, or at some calls in a row, as when it fills up and is
// freed. flipd goes on by itself, or ends with a sentence and goes on when it is started again. Without
// `make test-faults` only some calls are tried, chosen anew each time.
import Foundation
import Testing

@Suite(.serialized, .seatedAtOnce) struct DiskErrorTests {
    /// More errors in a row mean longer pauses between the tries.
    private static let inARow = Faults.isWhole ? 20 : 6
    private static let deeds = [("EIO", 1), ("ENOSPC", 1), ("EIO", inARow), ("ENOSPC", inARow)]

    @Test(
        .enabled(if: Machine.mayAnswer, "this machine lets nobody answer for its system calls"),
        .enabled(if: Machine.hasTwoFilesystems, "\(Trial.memory) is no filesystem of its own"),
        arguments: CallKind.allCases, Way.allCases)
    func an_error_at_a_call_of_a_kind_loses_and_doubles_nothing(kind: CallKind, way: Way) throws {
        let began = Date()
        let control = Trial.control(way, kind)
        let points = Self.points(kind, way, calls: control.calls.count)
        // Most of it is waiting for the next try.
        let outcomes = Faults.sideBySide(points, atOnce: 8) {
            Trial.fail(at: $0, patience_s: $0.count > 1 ? 12 : 25)
        }
        for complaint in (control.complaints + outcomes.flatMap(\.complaints)) { Issue.record("\(complaint)") }

        let hit = zip(points, outcomes).filter { $0.number <= $1.calls.count }
        let ended = hit.count { $1.code != nil }
        let restarted = hit.filter { $1.isRestarted && $1.code == nil }
        let stuck = restarted.filter { $0.0.count == 1 }.map { $1.calls[$0.number - 1] }
        Faults.say(
            "errors at \(hit.count) calls of \(kind) (\(way.rawValue)): \(hit.count - ended - restarted.count) times it "
                + "went on by itself, \(restarted.count) times after a restart (after a single error at "
                + "\(stuck.isEmpty ? "none" : "\(Set(stuck).sorted())")), \(ended) times it ended with a sentence; "
                + "in \(Int(-began.timeIntervalSinceNow)) s")
    }

    private static func points(_ kind: CallKind, _ way: Way, calls: Int) -> [FaultPoint] {
        let numbers = kind.numbers(through: calls, ofPwrite: 40, ofOthers: 7, "errors \(way)")
        var chance = Faults.Chance("\(kind) \(way)")
        return numbers.flatMap { number in
            let chosen = Faults.isWhole ? deeds : [deeds[Int.random(in: deeds.indices, using: &chance)]]
            return chosen.map { FaultPoint(way: way, kind: kind, number: number, deed: $0.0, count: $0.1) }
        }
    }
}
