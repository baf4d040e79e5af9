internal import CLibAV
internal import Glibc
internal import Model

/// One file as libav sees it: a descriptor that was opened by us, never a name or an address.
///
/// Every reader keeps its own position, so that several can share a descriptor (the muxer reads back what it
/// wrote when it moves the index to the front). Read and write errors reach libav as its own codes.
final class FileIO {
    let descriptor: Int32
    /// Whose descriptor this is, if it is not ours.
    private let owner: FileIO?
    private var position: Int64 = 0
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    private static let buffer_bytes: Int32 = 256 << 10

    /// Fails with `unreadable`, `io-error` or `disk-full`, as the kernel says.
    static func reading(_ path: Path) throws(Refusal) -> FileIO {
        try open(path, O_RDONLY | O_NOFOLLOW, writable: false)
    }

    /// A new file of ours; one of the same name from an earlier try is replaced.
    static func creating(_ path: Path) throws(Refusal) -> FileIO {
        try open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, writable: true)
    }

    private static func open(_ path: Path, _ flags: Int32, writable: Bool) throws(Refusal) -> FileIO {
        let name = path.bytes.map { CChar(bitPattern: $0) } + [0]
        let descriptor = Glibc.open(name, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refusal(for: errno, writable: writable) }
        do throws(AVFailure) {
            return try FileIO(descriptor, of: nil, writable: writable)
        } catch {
            throw error.refusal(else: .ioError)
        }
    }

    private static func refusal(for code: Int32, writable: Bool) -> Refusal {
        switch code {
        case ENOSPC, EDQUOT: Refusal(.diskFull)
        case EACCES, EPERM, ELOOP: writable ? Refusal(.ioError) : Refusal(.unreadable)
        default: Refusal(.ioError)
        }
    }

    /// Another reader of the same file, with a position of its own.
    func reader() throws(Refusal) -> FileIO {
        do throws(AVFailure) {
            return try FileIO(descriptor, of: self, writable: false)
        } catch {
            throw error.refusal(else: .ioError)
        }
    }

    private init(_ descriptor: Int32, of owner: FileIO?, writable: Bool) throws(AVFailure) {
        self.descriptor = descriptor
        self.owner = owner
        let buffer = try given(av_malloc(Int(Self.buffer_bytes)), "opening a file")
        context = flip_avio_alloc(
            buffer.assumingMemoryBound(to: UInt8.self), Self.buffer_bytes, writable ? 1 : 0,
            Unmanaged.passUnretained(self).toOpaque(), readSome, writeSome, seekTo)
        if context == nil { av_free(buffer) }
    }

    deinit {
        if let context {
            av_free(context.pointee.buffer)
            avio_context_free(&self.context)
        }
        if owner == nil { _ = close(descriptor) }
    }

    var size: Int64 {
        var facts = stat()
        return fstat(descriptor, &facts) == 0 ? Int64(facts.st_size) : -1
    }

    /// The disk did not give what it has. libav takes that for the end of the file here and there, and then
    /// everything that is found out about the file is worth nothing.
    private(set) var hasFailed = false

    private func noteFailure() {
        hasFailed = true
        owner?.noteFailure()
    }

    /// Up to `count` bytes from `offset`, fewer at the end; nothing where the disk fails.
    func bytes(at offset: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let done = pread(descriptor, buffer.baseAddress, count, off_t(offset))
            if done < 0 { noteFailure() }
            filled = max(0, done)
        }
    }

    /// Writes all of a file that was just created.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Refusal) {
        var rest = bytes
        while let start = rest.bindMemory(to: UInt8.self).baseAddress, !rest.isEmpty {
            let count = Int32(min(rest.count, 64 << 20))
            let code = write(start, count)
            if code < 0 { throw AVFailure(code, "writing a picture").refusal(else: .ioError) }
            rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        }
    }

    /// Reads the file from its beginning until `buffer` is full; false where that fails.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var filled = 0
        while filled < buffer.count {
            let done = pread(
                descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(filled))
            if done < 0, errno == EINTR { continue }
            guard done > 0 else {
                noteFailure()
                return false
            }
            filled += done
        }
        return true
    }

    fileprivate func read(into buffer: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
        while true {
            let done = pread(descriptor, buffer, Int(count), off_t(position))
            if done > 0 {
                position += Int64(done)
                return Int32(done)
            }
            if done == 0 { return FLIP_AVERROR_EOF }
            let code = errno
            if code == EINTR { continue }
            noteFailure()
            return flip_averror(code)
        }
    }

    fileprivate func write(_ buffer: UnsafePointer<UInt8>?, _ count: Int32) -> Int32 {
        var written = 0
        while written < Int(count) {
            let done = pwrite(descriptor, buffer?.advanced(by: written), Int(count) - written, off_t(position))
            if done >= 0 {
                written += done
                position += Int64(done)
            } else if errno != EINTR {
                return flip_averror(errno)
            }
        }
        return count
    }

    fileprivate func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let target: Int64
        switch whence & ~AVSEEK_FORCE {
        case AVSEEK_SIZE: return size
        case SEEK_SET: target = offset
        case SEEK_CUR: target = position + offset
        case SEEK_END: target = size + offset
        default: return Int64(flip_averror(EINVAL))
        }
        guard target >= 0 else { return Int64(flip_averror(EINVAL)) }
        position = target
        return target
    }
}

/// The file behind libav's opaque pointer, which `FileIO` put there and outlives.
private func file(_ opaque: UnsafeMutableRawPointer?) -> FileIO? {
    opaque.map { Unmanaged<FileIO>.fromOpaque($0).takeUnretainedValue() }
}

private func readSome(
    _ opaque: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int32
) -> Int32 {
    file(opaque)?.read(into: buffer, count) ?? FLIP_AVERROR_EXIT
}

private func writeSome(
    _ opaque: UnsafeMutableRawPointer?, _ buffer: UnsafePointer<UInt8>?, _ count: Int32
) -> Int32 {
    file(opaque)?.write(buffer, count) ?? FLIP_AVERROR_EXIT
}

private func seekTo(_ opaque: UnsafeMutableRawPointer?, _ offset: Int64, _ whence: Int32) -> Int64 {
    file(opaque)?.seek(offset, whence) ?? Int64(FLIP_AVERROR_EXIT)
}
