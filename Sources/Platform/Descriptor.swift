internal import Glibc

/// One open descriptor, owned: closed exactly once, never copied.
package struct Descriptor: ~Copyable, Sendable {
    package let raw: Int32

    package init(adopting raw: Int32) { self.raw = raw }

    /// Closes and says whether that worked. After a write, an error here means that bytes are lost.
    package consuming func close() throws(Errno) {
        let raw = self.raw
        discard self
        // Never repeated on EINTR: Linux has closed it by then.
        if Glibc.close(raw) == -1, errno != EINTR { throw Errno(errno, "close") }
    }

    /// Gives the descriptor to somebody who will close it, such as a C library.
    package consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }

    deinit { _ = Glibc.close(raw) }
}
