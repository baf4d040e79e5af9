// What failed when the machine is at fault, as one of our problems.
import Ledger
import Model
import Platform

/// The machine's fault, not a file's: what it is about waits and is tried again.
struct Fault: Error {
    let refusal: Refusal
    /// Everything that is known, with paths: for the journal only.
    let detail: String?

    init(_ refusal: Refusal, detail: String? = nil) {
        self.refusal = refusal
        self.detail = detail
    }

    /// Whatever was thrown below, as a fault with its details.
    init(_ error: any Error) {
        switch error {
        case let fault as Fault: self = fault
        case let refusal as Refusal: self.init(refusal, detail: nil)
        case let errno as Errno:
            self.init(Refusal(Self.problem(of: errno), "\(errno.reason)."), detail: "\(errno).")
        case let failure as LedgerFailure:
            let advice = failure.isDamaged ? "Stop flipd, run flipd --rebuild, and start it again." : ""
            self.init(
                Refusal(failure.isDiskFull ? .diskFull : .ioError, "\(failure.description). \(advice)"))
        default: self.init(Refusal(.ioError), detail: "\(error)")
        }
    }

    private static func problem(of errno: Errno) -> Problem {
        errno.meansFull ? .diskFull : .ioError
    }
}
