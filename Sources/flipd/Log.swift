// The only place that logs. Each kind of event has a MESSAGE_ID that never changes, and its sentence.
import Model
import Platform

enum Log {
    enum Kind: String, CaseIterable {
        case started = "829bab990c174594ab745d2dcac3cc47"
        case stopped = "cc96689391a848a39a597c387aac60d0"
        case taken = "e9390dae9b464d6f843118e50c7c89d8"
        case previewed = "69cc839dfcf04599ad6dc1fa3686d792"
        case published = "c622caa506e7440f815423fc87a214f2"
        case paired = "a7dd7ed86d894a2f85b4374acdffc29c"
        case duplicate = "8be43a66a5294d1c8be8a20b298444e8"
        case handedBack = "8d3b137aa06b4b148dc2b0f02846c027"
        case needsYou = "7b2e90d14c6f4a8f9d35e1a0c8f26b47"
        case deleted = "f3439357dddd4d4cbd246a6d8bb7d494"
        case restored = "72217ad7fdd74ed6ab08d642cea2bc37"
        case purged = "5d0c4e6f8b7a4a53b1a6f2d39c7e4b10"
        case originalRemoved = "0b9f3c52d6e84f17a8c1e57b2f604d9a"
        case renamed = "c41a7e9d52b04c3f96d8e0a17b35f2c8"
        case verified = "874a35c2a67a47dea471340efc8b019e"
        case damaged = "1d09e36b2e944335b123ccd114527378"
        case healed = "3acb054f1a784fadb13ecde9eea00923"
        case snapshot = "ab4902048b21407b9d7ea740052d593d"
        case backedUp = "19c6db4740544dbb9f9248be3b4af816"
        case backupFailed = "70b8cf0b514e45bcb9ee2abdd4304289"
        case accident = "486f70b8d9bb4a40ba7ba2f073f51704"
        case fault = "3169c3047fba4dbba9af87ed42c45c36"
        case recovered = "ed111f747edf4d2a8192c476bd36e5cf"
        case page = "5e0b6d1c7f5b4c0d9a1e3f7c2b8d4a69"
        case configuration = "dd49e97930a948938145b46e35bbeeff"
        case unreadable = "2bde3695926e42668c204be699c448c1"
        case dropFolder = "674508eb750f4e629cebe0aee3de60fc"
        case sandbox = "2c099b8de9b548848273871193900aca"
        case mail = "9f1d3c6a0b7e4f52a84d6e1c95b02d37"
        case notice = "a877e6845dea491f9372185378d05c26"
    }

    static func write(
        _ kind: Kind, _ priority: Journal.Priority, _ message: String, asset: Asset? = nil,
        seconds: Double? = nil,
        problem: Problem? = nil, source: Path? = nil
    ) {
        var fields: [(name: String, value: Path)] = []
        func add(_ name: String, _ value: String?) { if let value { fields.append((name, Path(value))) } }
        add("FLIPD_ASSET", asset?.id.description)
        add("FLIPD_STATE", asset?.state.rawValue)
        if let source = source ?? asset?.source.path { fields.append(("FLIPD_SOURCE", source)) }
        add("FLIPD_PROBLEM", (problem ?? asset?.refusal?.problem)?.rawValue)
        add("FLIPD_SECONDS", seconds.map { String(Double(Int($0 * 1000)) / 1000) })
        Journal.write(priority, message, kind: kind.rawValue, fields: fields, isLast: kind == .stopped)
    }
}

/// What the machine keeps from going on, and why. A fault is over when everything that met it has been done, and not when
/// something else works: a disk that is full still takes a small file now and then.
@Loop
struct FaultLog {
    private struct Entry {
        let refusal: Refusal
        let at: Double
    }

    /// When each problem was told, and how long it is not told again: the longer it lasts, the longer.
    private var told: [Problem: (at: Double, pause_s: Double)] = [:]
    private var entries: [Path: Entry] = [:]
    /// How many came in a row, for the pause before the next try.
    private(set) var inARow = 0

    /// Whether a word is owed that it is over.
    private var hasToldOfOne = false

    private var countedAt = -Double.infinity

    /// Whatever waits is tried again sooner than this; what was not, is gone.
    private static let toldAgainAtLeast_s = 3600.0
    private static let forgotten_s = 2 * Limits.retryAfterAtMost_s

    /// `subject` is the source's path; what is about no file has none.
    mutating func happened(_ fault: Fault, about subject: Path?) {
        let problem = fault.refusal.problem
        let now = Clock.monotonic_s()
        // Many files that meet a fault at one instant met one fault.
        if now - countedAt >= 1 { (inARow, countedAt) = (inARow + 1, now) }
        entries[subject ?? .empty] = Entry(refusal: fault.refusal, at: now)
        let before = told[problem]
        if let before, now - before.at < before.pause_s { return }
        told[problem] = (
            now, before.map { min(2 * $0.pause_s, Self.toldAgainAtLeast_s) } ?? Limits.sameFaultAgain_s
        )
        hasToldOfOne = true
        Log.write(
            .fault, .error,
            [fault.refusal.text, problem.remedy, fault.detail].compactMap { $0 }.joined(separator: " "),
            problem: problem, source: subject)
    }

    /// What could not be done about this file was done.
    mutating func isOver(for subject: Path?) {
        guard entries.removeValue(forKey: subject ?? .empty) != nil, inForce.isEmpty else { return }
        inARow = 0
        // Those that come back in a moment are still the same.
        let now = Clock.monotonic_s()
        told = told.filter { now - $0.value.at < Limits.sameFaultAgain_s }.mapValues {
            ($0.at, Limits.sameFaultAgain_s)
        }
        if !hasToldOfOne { return }
        hasToldOfOne = false
        Log.write(.recovered, .notice, "It works again; what waited goes on.")
    }

    /// The faults in force, one of each problem.
    var inForce: [Problem: Refusal] {
        let now = Clock.monotonic_s()
        let fresh = entries.values.filter { now - $0.at < Self.forgotten_s }.map(\.refusal)
        return Dictionary(fresh.map { ($0.problem, $0) }) { first, _ in first }
    }

    /// The same in words. That the archive is missing has words of its own.
    var reasons: [Reason] {
        inForce.filter { $0.key != .libraryMissing }.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            Reason(code: $0.key.rawValue, text: "\($0.value.text) \($0.key.remedy)")
        }
    }
}
