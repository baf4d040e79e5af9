// Whether the archive's disk has room for one more file. Pure.

package struct Room: Sendable {
    /// What a file wants that is not there.
    package struct Shortage: Hashable, Sendable {
        package let need_bytes: Int64
        package let free_bytes: Int64
    }

    private let total_bytes: Int64
    private let free_bytes: Int64

    package init(total_bytes: Int64, free_bytes: Int64) {
        self.total_bytes = total_bytes
        self.free_bytes = free_bytes
    }

    /// What is never filled with files, so that record, ledger and whatever else lives on the disk can go on.
    private var reserve_bytes: Int64 { min(1 << 30, total_bytes / 20) }

    /// What may be filled.
    package var usable_bytes: Int64 { max(0, free_bytes - reserve_bytes) }

    /// A file, and what is made of it.
    package static func need(of file_bytes: Int64) -> Int64 {
        file_bytes > .max / 2 ? .max / 2 : file_bytes + product(of: file_bytes)
    }

    /// What is made of a file.
    package static func product(of file_bytes: Int64) -> Int64 {
        file_bytes / 10 * 3 + file_bytes % 10 * 3 / 10
    }

    /// Nil if there is room for a file beside what is `promised` to others.
    package func shortage(for file_bytes: Int64, promised promised_bytes: Int64) -> Shortage? {
        let need_bytes = Self.need(of: file_bytes) + reserve_bytes
        let left_bytes = max(0, free_bytes - promised_bytes)
        return need_bytes <= left_bytes ? nil : Shortage(need_bytes: need_bytes, free_bytes: left_bytes)
    }
}
