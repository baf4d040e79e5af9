// How much of the faults is tried, on how many threads, and what is said of it.
import Foundation
import Testing

enum Faults {
    /// `make test-faults`: every point of everything. Otherwise errors are tried at some points only.
    static let isWhole = ProcessInfo.processInfo.environment["FLIPD_FAULTS"] == "all"

    /// Which points are chosen. It is told, and may be given to choose the same again.
    static let seed: UInt64 = {
        let given = ProcessInfo.processInfo.environment["FLIPD_FAULTS_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1..<1_000_000)
        say("FLIPD_FAULTS_SEED=\(seed) tries the same points again")
        return seed
    }()

    /// Numbers that the seed decides.
    struct Chance: RandomNumberGenerator {
        private var state: UInt64

        init(_ about: String) { state = about.utf8.reduce(Faults.seed) { $0 &* 31 &+ UInt64($1) } }

        mutating func next() -> UInt64 {
            // SplitMix64.
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    /// Does something with each, so many at a time, on threads of their own: most of it is waiting.
    static func sideBySide<Item: Sendable, Answer: Sendable>(
        _ items: [Item], atOnce width: Int, _ body: @escaping @Sendable (Item) -> Answer
    ) -> [Answer] {
        let shared = Shared<Answer>(count: items.count)
        let group = DispatchGroup()
        for _ in 0..<min(width, items.count) {
            group.enter()
            Thread.detachNewThread {
                while let place = shared.next() { shared.put(body(items[place]), at: place) }
                group.leave()
            }
        }
        group.wait()
        return shared.all
    }
}

/// The places that are left, and the answers. Unchecked, because its lock is held wherever its variables are used.
private final class Shared<Answer: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var begun = 0
    private var answers: [Answer?]

    init(count: Int) { answers = Array(repeating: nil, count: count) }

    func next() -> Int? {
        lock.withLock {
            guard begun < answers.count else { return nil }
            begun += 1
            return begun - 1
        }
    }

    func put(_ answer: Answer, at place: Int) { lock.withLock { answers[place] = answer } }

    var all: [Answer] { lock.withLock { answers.compactMap { $0 } } }
}
