// Whether anybody has a file open for writing: the kernel knows, and a lease asks it.
internal import CLinux
internal import Glibc

package enum Writers: Hashable, Sendable {
    /// Nobody has it open for writing, by descriptor or by mapping.
    case none
    case some
    /// This file cannot be asked about: another user's, without CAP_LEASE, or a filesystem without leases.
    case unknown
}

extension Descriptor {
    /// Holds a read lease for an instant. It proves that nobody writes, not that the file is complete.
    ///
    /// While it is held a writer's `open()` waits, so it is dropped at once; the SIGIO that a broken lease sends must
    /// be ignored by the program.
    package borrowing func writers() -> Writers {
        if flip_has_lease(raw) == 0 {
            _ = flip_drop_lease(raw)
            return .none
        }
        return errno == EAGAIN ? .some : .unknown
    }
}
