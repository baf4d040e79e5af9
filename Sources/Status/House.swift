// What this room asks of the corridor. Everything is called on the server's one
// thread, and must be answered there.

package struct House {
    /// Answers a request, at once or later on the same thread. It must be answered: until then its connection
    /// rests and is one of the few. An answer that nobody waits for any more is dropped. `Request.events` never
    /// comes here.
    /// With it comes the name of the token that allowed it, if one did.
    package var answer: (Request, _ by: String?, @escaping (consuming Response) -> Void) -> Void

    /// Calls when the other side of this descriptor hangs up (EPOLLRDHUP), until `unwatch`. While a live stream
    /// rests, libmicrohttpd does not look at its descriptor and would not see its reader leave.
    package var watchHangUp: (Int32, @escaping () -> Void) -> Void
    package var unwatch: (Int32) -> Void

    /// Asks for one call of `run` after so many milliseconds, or sooner. A wish never takes an earlier one
    /// back, and calling too often does no harm.
    package var runLater: (_ after_ms: Int) -> Void

    package init(
        answer: @escaping (Request, _ by: String?, @escaping (consuming Response) -> Void) -> Void,
        watchHangUp: @escaping (Int32, @escaping () -> Void) -> Void, unwatch: @escaping (Int32) -> Void,
        runLater: @escaping (_ after_ms: Int) -> Void
    ) {
        self.answer = answer
        self.watchHangUp = watchHangUp
        self.unwatch = unwatch
        self.runLater = runLater
    }
}

/// Why a server could not be started.
package enum StatusFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case couldNotStart

    package var description: String {
        switch self {
        case .couldNotStart: "the status server could not start: no memory or descriptors are left"
        }
    }
}
