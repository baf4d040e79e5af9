// Coming to rest: some time after the last job or answer, what only they have needed is given back.
import Platform

@Loop
final class Rest {
    private var timer: EventSource?
    /// Whether there is nothing left to do.
    var isIdle: @Loop () -> Bool = { true }

    /// Long enough that work in a row is not slowed.
    private static let after_s = 3.0

    /// Something was just done; the pause begins anew.
    func soon() {
        timer = EventSource.timer(after_s: Self.after_s) { [weak self] in
            guard let self else { return }
            timer = nil
            if isIdle() { Memory.giveBack() }
        }
    }
}
