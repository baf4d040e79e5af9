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
        case duplicate = "8be43a66a5294d1c8be8a20b298444e8"
        case handedBack = "8d3b137aa06b4b148dc2b0f02846c027"
        case accident = "486f70b8d9bb4a40ba7ba2f073f51704"
        case fault = "3169c3047fba4dbba9af87ed42c45c36"
        case recovered = "ed111f747edf4d2a8192c476bd36e5cf"
        case configuration = "dd49e97930a948938145b46e35bbeeff"
        case unreadable = "2bde3695926e42668c204be699c448c1"
        case sandbox = "2c099b8de9b548848273871193900aca"
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
        Journal.write(priority, message, kind: kind.rawValue, fields: fields)
    }
}

/// Faults in force, each told once and again only after a while, until it is over.
@Loop
struct FaultLog {
    private var toldAt: [Problem: Double] = [:]
    private(set) var inForce: [Problem: Refusal] = [:]
    /// How many came in a row, for the pause before the next try.
    private(set) var inARow = 0

    mutating func happened(_ fault: Fault, about path: Path? = nil) {
        let problem = fault.refusal.problem
        inARow += 1
        inForce[problem] = fault.refusal
        let now = Clock.monotonic_s()
        if let told = toldAt[problem], now - told < Limits.sameFaultAgain_s { return }
        toldAt[problem] = now
        Log.write(
            .fault, .error,
            [fault.refusal.text, problem.remedy, fault.detail].compactMap { $0 }.joined(separator: " "),
            problem: problem, source: path)
    }

    /// Something that needs the disk worked.
    mutating func isOver() {
        if inARow == 0 { return }
        inARow = 0
        inForce = [:]
        Log.write(.recovered, .notice, "It works again; what waited goes on.")
    }
}
