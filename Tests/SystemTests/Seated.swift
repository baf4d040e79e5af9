// Suites whose tests block their thread wait on one of their own (Tests/Scratch/Seats.swift).
import Scratch
import Testing

struct Seated: SuiteTrait, TestScoping {
    let atOnce: Bool

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Seats.run(atOnce: atOnce, function)
    }
}

extension Trait where Self == Seated {
    static var seated: Seated { Seated(atOnce: false) }
    /// For what takes, or waits, so long that everything else can be done beside it.
    static var seatedAtOnce: Seated { Seated(atOnce: true) }
}
