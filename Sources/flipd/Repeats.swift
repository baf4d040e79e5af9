// How often the journal is told the same: everything that needs a person, and never a flood in which that is lost.
import Model
import Platform

/// Lets the first few of many through, and counts the rest. Pure.
struct FloodGate {
    private static let atOnce = 10

    private var openedAt = -Double.infinity
    private var admitted = 0
    private(set) var heldBack = 0

    mutating func admits(at now: Double) -> Bool {
        if now - openedAt >= Limits.sameFaultAgain_s { (openedAt, admitted) = (now, 0) }
        if admitted < Self.atOnce {
            admitted += 1
            return true
        }
        heldBack += 1
        return false
    }

    /// When the next few are let through.
    func opens_s(at now: Double) -> Double { max(0, openedAt + Limits.sameFaultAgain_s - now) }

    mutating func takeHeldBack() -> Int {
        defer { heldBack = 0 }
        return heldBack
    }
}

/// Entries of one kind, of which many may come at once: the rest is told as a number.
@Loop
final class Flood {
    private var gate = FloodGate()
    private var timer: EventSource?
    private let tellOfRest: @Loop (Int) -> Void

    init(_ tellOfRest: @escaping @Loop (Int) -> Void) { self.tellOfRest = tellOfRest }

    /// Whether one more is worth an entry that somebody reads.
    func admits() -> Bool {
        let now = Clock.monotonic_s()
        let isAdmitted = gate.admits(at: now)
        if !isAdmitted, timer == nil {
            timer = EventSource.timer(after_s: gate.opens_s(at: now)) { [weak self] in self?.end() }
        }
        return isAdmitted
    }

    /// Tells of the rest now.
    func end() {
        timer = nil
        let count = gate.takeHeldBack()
        if count > 0 { tellOfRest(count) }
    }
}

/// What is to be told of something that comes and goes: every change at once, each state so often at most, and in the end
/// how it is. Pure.
struct AnnouncementRule {
    enum Step: Hashable {
        case tell
        case later(seconds: Double)
        case nothing
    }

    private var told = ""
    private var toldAt: [String: Double] = [:]

    /// The state without a word is that all is well.
    mutating func becomes(_ state: String, at now: Double) -> Step {
        if state == told { return .nothing }
        let wait_s = (toldAt[state] ?? -.infinity) + Limits.sameFaultAgain_s - now
        if wait_s > 0 { return .later(seconds: wait_s) }
        (told, toldAt[state]) = (state, now)
        return .tell
    }
}

@Loop
final class Announcement {
    private var rule = AnnouncementRule()
    private var timer: EventSource?

    func becomes(_ state: String, _ write: @escaping @Loop () -> Void) {
        timer = nil
        switch rule.becomes(state, at: Clock.monotonic_s()) {
        case .tell: write()
        case .later(let wait_s):
            timer = EventSource.timer(after_s: wait_s) { [weak self] in self?.becomes(state, write) }
        case .nothing: break
        }
    }
}
