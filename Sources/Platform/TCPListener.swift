// The TCP socket that the page is found by, and what is known of this machine's and its clients' addresses.
package import Glibc
package import Model

/// Makes a listening socket, not blocking. The host may be a name; the first address it has is taken.
package func listenOnTCP(_ address: ListenAddress) throws(Errno) -> Descriptor {
    var hints = addrinfo()
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let first = found else {
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

    /// Those of this machine's own interfaces, as they are now.
    package static var ofThisMachine: Set<NetworkAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<NetworkAddress> = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ifa_addr.flatMap({ NetworkAddress($0) }) { found.insert(address) }
            next = entry.pointee.ifa_next
        }
        return found
    }

    /// What this machine calls itself.
    package static var hostName: String {
        var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
