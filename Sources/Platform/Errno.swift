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

    /// "No space left on device".
    package var reason: String {
        var buffer = [CChar](repeating: 0, count: 128)
        return __xpg_strerror_r(code, &buffer, buffer.count) == 0
            ? String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            : "error \(code)"
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
