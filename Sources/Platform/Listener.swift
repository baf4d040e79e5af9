// The Unix socket that clients find us by. A socket that a dead process left behind is replaced; a live one, or
// anything that is no socket, is never touched.
internal import CLinux  // As in TCPListener.swift.
internal import Glibc
package import Model

/// Makes a listening socket at `path`, not blocking, for its owner and the members of the group, if there is
/// one.
///
/// Fails with ENAMETOOLONG for a path that does not fit into an address, with ENOTSOCK where something else
/// stands, and with EADDRINUSE where another process answers.
package func listenOnUnix(
    path: Path, mode: UInt32 = 0o660, groupName: String? = nil
) throws(Errno) -> Descriptor {
    let address = try unixAddress(path)
    try removeStale(path, address)

    let socket = try unixSocket(SOCK_STREAM)
    let fd = socket.raw
    // The mode of the unbound socket becomes the mode of its name: nobody else gets in before we are done, and
    // no umask, which belongs to all threads, is changed for it.
    try system("chmod \(path.text)") { fchmod(fd, 0o600) }
    try system("bind \(path.text)") { withAddress(address) { Glibc.bind(fd, $0, $1) } }
    let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
    if let groupName, let group = Users.group(named: groupName) {
        try system("chgrp \(path.text)") { lchown(name, UInt32.max, group) }
    }
    try system("chmod \(path.text)") { chmod(name, mode) }
    try system("listen on \(path.text)") { Glibc.listen(fd, SOMAXCONN) }
    return socket
}

func unixAddress(_ path: Path) throws(Errno) -> sockaddr_un {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard !path.isEmpty, path.bytes.count <= room, !path.bytes.contains(0) else {
        throw Errno(ENAMETOOLONG, "listen on \(path.text), a path that may have at most \(room) bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.bytes) }
    return address
}

/// Removes what an earlier process left, if that is what stands there.
private func removeStale(_ path: Path, _ address: sockaddr_un) throws(Errno) {
    let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
    var found = stat()
    do { try system("stat \(path.text)") { lstat(name, &found) } } catch {
        if error.code == ENOENT { return }
        throw error
    }
    guard found.st_mode & S_IFMT == S_IFSOCK else { throw Errno(ENOTSOCK, "listen on \(path.text)") }
    let probe = try unixSocket(SOCK_STREAM)
    let fd = probe.raw
    do { try system("connect \(path.text)") { withAddress(address) { Glibc.connect(fd, $0, $1) } } } catch {
        switch error.code {
        case ECONNREFUSED: try system("unlink \(path.text)") { unlink(name) }
        case ENOENT: break
        // Its queue is full, so somebody lives there.
        case EAGAIN: throw Errno(EADDRINUSE, "listen on \(path.text)")
        default: throw error
        }
        return
    }
    throw Errno(EADDRINUSE, "listen on \(path.text)")
}

func unixSocket(_ kind: __socket_type) throws(Errno) -> Descriptor {
    let type = Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    return Descriptor(adopting: try system("socket") { socket(AF_UNIX, type, 0) })
}

func withAddress<Answer>(
    _ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer
) -> Answer {
    withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
