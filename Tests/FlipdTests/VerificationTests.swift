// Whose turn it is at night, what is believed, and who waits for whom. The loop belongs to the thread that first touches
// it, so that each of these runs in a process of its own.
import Glibc
import Ledger
import Model
import Platform
import Scratch
import Synchronization
import Testing

@testable import Library
@testable import flipd

private let day = 86400.0

/// A house with published files, and a verification of them.
private struct Archive {
    let house: House
    let keeper: Keeper
    let assets: [Asset]
    let verification: Verification

    @Loop init(_ count: Int) async throws {
        house = try House()
        keeper = try house.keeper()
        var assets: [Asset] = []
        for number in 0..<count {
            assets.append(try await house.publish(try house.drop("\(number).mov", "film \(number)"), keeper))
        }
        self.assets = assets
        let librarian = try Librarian(ledger: house.ledger, layout: house.layout, thread: try WorkThread())
        verification = Verification(keeper: keeper, librarian: librarian)
    }

    /// As if an asset had been checked, and was well, so many days ago.
    func checked(_ index: Int, days: Double) async throws {
        let check = try Fixity.check(assets[index], in: house.layout)
        _ = try await keeper.note([
            Fixity.Check(asset: check.asset, at: Clock.now() + -days * day, damage: [], isAbsent: false)
        ])
    }

    func remove(_ index: Int) throws {
        try Files.rename(house.layout.folder(of: assets[index].id), to: house.scratch / "gone\(index)")
    }

    func bringBack(_ index: Int) throws {
        try Files.rename(house.scratch / "gone\(index)", to: house.layout.folder(of: assets[index].id))
    }

    /// The last checks, by the record.
    func lastChecked() throws -> [AssetID] { try house.facts().filter { $0.what == .checked }.map(\.id) }

    func damaged() throws -> Int { try LedgerReader(house.ledger).damaged(.missing, naming: 1).count }
}

/// Where work was done.
private final class Threads: Sendable {
    private let found = Mutex<Set<pthread_t>>([])
    func add(_ thread: pthread_t) { _ = found.withLock { $0.insert(thread) } }
    var all: Set<pthread_t> { found.withLock { $0 } }
}

extension Healing {
    fileprivate func itsThread() -> pthread_t { pthread_self() }
}

/// Turns the loop of this process for one test; its answer is the process's exit code.
private func turn(_ work: @escaping @Loop @Sendable () async throws -> Bool) {
    Signals.prepare()
    _ = Loop.executor
    Loop.task {
        let isWell = (try? await work()) ?? false
        Loop.executor.exit(isWell ? 0 : 1)
    }
    exit(Loop.executor.run())
}

@Suite struct VerificationTests {
    @Test func aShareTakesTheOldestFirstAndNoMoreThanItMust() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(4)
                for (index, days) in [(0, 10.0), (1, 20.0), (2, 15.0)] {
                    try await archive.checked(index, days: days)
                }
                let report = try await archive.verification.verify(.share)
                let last = try archive.lastChecked().last
                // One more is not due; what must be is read however many.
                try await archive.checked(0, days: 0)
                return report.checked == 1 && report.damaged.isEmpty && last == archive.assets[1].id
            }
        }
    }

    @Test func whatIsOverdueIsReadWhateverTheShare() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(4)
                for index in 0..<3 { try await archive.checked(index, days: 28) }
                let report = try await archive.verification.verify(.share)
                let verified = try LedgerReader(archive.house.ledger).lastVerified()
                return report.checked == 3 && verified != nil
            }
        }
    }

    @Test func manyThatAreMissingStopAShareAndNothingIsMarked() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(8)
                for index in 0..<8 { try await archive.checked(index, days: 28) }
                let before = try archive.lastChecked().count
                for index in 0..<8 { try archive.remove(index) }
                let report = try await archive.verification.verify(.share)
                guard report.stopped?.code == "many-missing", archive.verification.missingReason != nil,
                    Set(report.damaged.map(\.id)).count == 6, try archive.damaged() == 0,
                    try archive.lastChecked().count == before
                else { return false }
                // Nothing else is due, and that is no reason to forget them.
                guard try await archive.verification.verify(.share).stopped?.code == "many-missing" else {
                    return false
                }
                for index in 0..<8 { try archive.bringBack(index) }
                let again = try await archive.verification.verify(.share)
                return again.checked == 8 && again.damaged.isEmpty && archive.verification.missingReason == nil
            }
        }
    }

    @Test func aFewThatAreMissingAreMarked() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(5)
                for index in 0..<5 {
                    try await archive.checked(index, days: 28)
                    try archive.remove(index)
                }
                let report = try await archive.verification.verify(.share)
                let stages = try archive.house.rows().map(\.stage)
                let damaged = try archive.damaged()
                return report.damaged.count == 5 && archive.verification.missingReason == nil
                    && damaged == 5 && stages == [Stage](repeating: .published, count: 5)
            }
        }
    }

    @Test func twoWhoAskForAllGetOneAnswer() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(3)
                let verification = archive.verification
                async let one = verification.verify(.all)
                async let other = verification.verify(.all)
                let checked = try await [one.checked, other.checked]
                return try archive.lastChecked().count == 3 && checked == [3, 3]
            }
        }
    }

    @Test func aShareWaitsWhileWorkIsDoneAndAllDoesNot() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(2)
                for index in 0..<2 { try await archive.checked(index, days: 10) }
                archive.verification.isBusy = { true }
                let verification = archive.verification
                async let share = verification.verify(.share)
                await Loop.sleep(seconds: 0.5)
                guard try archive.lastChecked().count == 2 else { return false }
                // It makes way for whoever asks for all.
                let all = try await verification.verify(.all)
                let stopped = (try? await share) == nil
                return all.checked == 2 && stopped
            }
        }
    }

    @Test func aBackupCopyIsReadWhereNobodyWaits() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(1)
                try archive.remove(0)
                let threads = Threads()
                let healing = Healing(
                    keeper: archive.keeper, layout: archive.house.layout, thread: try WorkThread())
                let fetch: Fetch = { _, _ in threads.add(pthread_self()) }
                _ = try await healing.heal(
                    try Fixity.check(archive.assets[0], in: archive.house.layout), from: fetch)
                return threads.all == [await healing.itsThread()]
            }
        }
    }

    @Test func theEndOfFlipdEndsIt() async {
        await #expect(processExitsWith: .success) {
            turn {
                let archive = try await Archive(2)
                archive.verification.stop()
                let report = try? await archive.verification.verify(.all)
                let checked = try archive.lastChecked()
                return report == nil && checked.isEmpty
            }
        }
    }
}
