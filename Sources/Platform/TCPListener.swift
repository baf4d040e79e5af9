// The TCP socket that the page is found by, and what is known of this machine's and its clients' addresses.
internal import CLinux  // The kinds of sockets belong to whichever of both is read first.
package import Glibc
package import Model

/// Makes a listening socket, not blocking. Names are not looked up, because that may take long.
package func listenOnTCP(_ address: ListenAddress) throws(Errno) -> Descriptor {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let host = address.host == "localhost" ? "127.0.0.1" : address.host
    guard getaddrinfo(host, String(address.port), &hints, &found) == 0, let first = found else {
        throw Errno(EADDRNOTAVAIL, "find \(address.host)")
    }
    defer { freeaddrinfo(found) }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let family = first.pointee.ai_family
    let listener = Descriptor(adopting: try system("socket") { socket(family, type, 0) })
    let fd = listener.raw
    // A restart finds its port again at once.
    var yes: Int32 = 1
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let (name, length) = (first.pointee.ai_addr, first.pointee.ai_addrlen)
    try system("bind \(address)") { Glibc.bind(fd, name, length) }
    try system("listen on \(address)") { Glibc.listen(fd, SOMAXCONN) }
    return listener
}

/// An address of a network, as a client, a header or an interface has it.
package struct NetworkAddress: Hashable, Sendable {
    /// Always 16 bytes; one of IPv4 stands in the last four, as IPv6 maps it.
    private let bytes: [UInt8]

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

    private init(v4: [UInt8]) { bytes = Self.mappedPrefix + v4 }
    private init(v6: [UInt8]) { bytes = v6 }

    /// "192.168.1.20", "fe80::1"; nil for a name.
    package init?(_ text: String) {
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4: withUnsafeBytes(of: v4) { Array($0) })
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6: withUnsafeBytes(of: v6) { Array($0) })
        } else {
            return nil
        }
    }

    /// Nil for what is of no network, such as a Unix socket's.
    package init?(_ address: UnsafePointer<sockaddr>) {
        let pointer = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self.init(
                v4: withUnsafeBytes(of: pointer.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) })
        case AF_INET6:
            self.init(
                v6: withUnsafeBytes(of: pointer.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) })
        default: return nil
        }
    }

    package var isLoopback: Bool {
        if bytes.starts(with: Self.mappedPrefix) { return bytes[12] == 127 }
        return bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// The address by which a client reached us.
    package static func ofOurEnd(of connection: Int32) -> NetworkAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(connection, address, &length) == 0 ? NetworkAddress(address) : nil
            }
        }
    }
}
