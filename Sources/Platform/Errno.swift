internal import CLinux
internal import Glibc

/// What Linux said when a call failed: which call, upon what, and why.
package struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    package let code: Int32
    /// "rename incoming/IMG_1.MOV": the call and what it was asked of.
    package let call: String

    package init(_ code: Int32, _ call: String) {
        self.code = code
        self.call = call
    }

    package var description: String { "\(call): \(reason)" }

    /// Whether it says that a file or a folder above it is not there.
    package var meansAbsent: Bool { code == ENOENT || code == ENOTDIR }

    /// Whether it says that a link or something else stands where a folder should.
    package var meansNoFolder: Bool { code == ELOOP || code == ENOTDIR }

    /// Whether it says that we may not.
    package var meansForbidden: Bool { code == EACCES || code == EPERM }

    /// Whether it says that there is no renaming from there to here.
    package var meansElsewhere: Bool { code == EXDEV }

    /// Whether it says that the system's limit of something is reached; for watches it says so in these words.
    package var meansLimit: Bool { code == ENOSPC || code == EMFILE || code == ENFILE }

    /// Whether it says that there is no room for what should be written.
    package var meansFull: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether it says that the machine cannot do it now, whatever it is asked of; or that it was asked to stop.
    package var meansMachine: Bool { [EMFILE, ENFILE, ENOMEM, ENOTCONN, ESTALE, ECANCELED].contains(code) }

    /// What was asked to stop says so.
    package static let stopped = Errno(ECANCELED, "read")

    /// "No space left on device".
    package var reason: String {
        flip_error_text(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

/// The one funnel for calls that answer -1 and `errno`. It tries again when a signal came between.
@discardableResult
package func system<Result: FixedWidthInteger & SignedInteger>(
    _ call: @autoclosure () -> String, _ body: () -> Result
) throws(Errno) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { throw Errno(code, call()) }
    }
}
