// What failed when the machine is at fault, as one of our problems.
import Glibc
import Ledger
import Model
import Platform

/// The machine's fault, not a file's: what it is about waits and is tried again.
struct Fault: Error {
    let refusal: Refusal

    init(_ refusal: Refusal) { self.refusal = refusal }

    /// Whatever was thrown below, as a fault with its details.
    init(_ error: any Error) {
        switch error {
        case let fault as Fault: self = fault
        case let errno as Errno: refusal = Refusal(Self.problem(of: errno), "\(errno).")
        case let failure as LedgerFailure:
            refusal = Refusal(failure.isDiskFull ? .diskFull : .ioError, failure.description)
        default: refusal = Refusal(.ioError, "\(error)")
        }
    }

    private static func problem(of errno: Errno) -> Problem {
        [ENOSPC, EDQUOT].contains(errno.code) ? .diskFull : .ioError
    }
}
