internal import Glibc
internal import Model

/// All of a photo's file, in memory: libraries that read it by themselves cannot tell a failing disk from a damaged photo.
final class PhotoBytes {
    let all: UnsafeMutableRawBufferPointer

    /// Photos are bounded by `MaxPhotoSize`; what is in memory twice must still fit.
    init(_ file: FileIO, memory_bytes: Int64) throws(Refusal) {
        let count = file.size
        if count == 0 { throw Refusal(.empty) }
        guard count > 0 else { throw Refusal(.ioError) }
        guard count < memory_bytes / 4 else {
            throw Refusal(
                .tooLarge,
                "It has \(ByteCount.text(count)); photos may have \(ByteCount.text(memory_bytes / 4)) here.")
        }
        all = .allocate(byteCount: Int(count), alignment: 16)
        guard file.fill(all) else { throw Refusal(.ioError) }
    }

    deinit { all.deallocate() }

    var count: Int { all.count }

    /// Fewer where the file ends.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        guard offset >= 0, offset < all.count, count > 0 else { return [] }
        return Array(all[offset..<min(all.count, offset + min(count, all.count))])
    }

    func bytes(_ range: Range<Int>) -> [UInt8] { bytes(at: range.lowerBound, count: range.count) }
}
