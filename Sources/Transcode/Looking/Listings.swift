internal import CLibAV

/// Reads a container's index, where it lists every packet: MP4 and QuickTime that were written in one piece.
extension Listing {
    /// Nil where there is nothing to rely on. Two packets at least are needed to know how long one lasts.
    init?(_ stream: UnsafeMutablePointer<AVStream>, fileSize: Int64) {
        let count = avformat_index_get_entries_count(stream)
        guard count > 1, let tick = Ratio(stream.pointee.time_base).value,
            let first = avformat_index_get_entry(stream, 0)?.pointee.timestamp,
            let last = avformat_index_get_entry(stream, count - 1)?.pointee.timestamp, last > first
        else { return nil }
        var (bytes, hasCuts): (Int64, Bool) = (0, false)
        var firstOutside: Int64?
        for number in 0..<count {
            guard let entry = avformat_index_get_entry(stream, number)?.pointee else { return nil }
            bytes += Int64(entry.size)
            if entry.flags & AVINDEX_DISCARD_FRAME != 0 { hasCuts = true }
            if firstOutside == nil, entry.pos < 0 || entry.pos > fileSize - Int64(entry.size) {
                firstOutside = entry.timestamp
            }
        }
        let step = Double(last &- first) / Double(count - 1)
        let span = Double(last &- first) + step
        let inside = firstOutside.map { Double($0 &- first) } ?? span
        self.init(
            packets: Int(count), bytes: bytes, span_s: span * tick, inside_s: max(0, inside) * tick,
            hasCuts: hasCuts)
    }
}
