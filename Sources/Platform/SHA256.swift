// Digests, by libcrypto.
internal import CCrypto
internal import Glibc
package import Model

/// A SHA-256 under way.
package struct SHA256: ~Copyable {
    private let context: OpaquePointer

    package init() {
        // Both fail only without memory, and then the process has no way to go on.
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { fatalError("no memory for a digest, because libcrypto could not make one") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    }

    package consuming func finish() -> Digest {
        var bytes = [UInt8](repeating: 0, count: Digest.length)
        EVP_DigestFinal_ex(context, &bytes, nil)
        return Digest(bytes: bytes)!  // Always 32 bytes, because it is SHA-256.
    }
}

extension SHA256 {
    /// Reads a file once, from its start to its end.
    package static func digest(of file: borrowing Descriptor) throws(Errno) -> (digest: Digest, bytes: Int64) {
        try digest(of: file) { _, _ in }
    }

    /// The same of a file that nobody will read again soon: nothing of it stays in the memory that others need. With
    /// `fromDisk` it is read as the disk has it, also where memory holds it already. `each` hears how many bytes were read in
    /// each piece.
    package static func digestOnce(
        of file: borrowing Descriptor, fromDisk: Bool, _ each: (Int) throws(Errno) -> Void
    ) throws(Errno) -> (digest: Digest, bytes: Int64) {
        let fd = file.raw
        // What is not yet written, or in use, stays; the advice is not worth failing for.
        if fromDisk { posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) }
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL)
        // Once more at the end: what lay across two pieces has stayed.
        defer { posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) }
        return try digest(of: file) { offset, count throws(Errno) in
            posix_fadvise(fd, offset, count, POSIX_FADV_DONTNEED)
            try each(count)
        }
    }

    private static func digest(
        of file: borrowing Descriptor, _ each: (_ offset: Int, _ count: Int) throws(Errno) -> Void
    ) throws(Errno) -> (digest: Digest, bytes: Int64) {
        var hash = SHA256()
        // Small files are many, and making a large buffer ready takes longer than reading one of them.
        let size = Int(clamping: try Files.status(of: file).bytes)
        var buffer = [UInt8](repeating: 0, count: min(max(size, 4 << 10), 1 << 20))
        let fd = file.raw
        var offset = 0
        while true {
            let count = try system("read") { pread(fd, &buffer, buffer.count, offset) }
            if count == 0 { return (hash.finish(), Int64(offset)) }
            buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            try each(offset, count)
            offset += count
        }
    }

    package static func digest(of path: Path) throws(Errno) -> (digest: Digest, bytes: Int64) {
        try digest(of: try Files.openForReading(path))
    }

    package static func digest(of bytes: [UInt8]) -> Digest {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update($0) }
        return hash.finish()
    }
}
