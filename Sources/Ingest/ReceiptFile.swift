// Putting the receipt into the drop folder, and taking it away: by one rename, so that nobody ever reads half of it.
internal import Glibc
package import Model
package import Platform

package enum ReceiptFile {
    /// Written anew over the one that stands there. What somebody else put under its name is none, and makes way.
    package static func write(_ page: String, in incoming: Path) throws(Errno) {
        let folder = try Within(.empty, of: incoming)
        try? Files.unlink(folder / fresh)
        do throws(Errno) {
            // Synced, because a page that a power failure emptied would look like somebody else's.
            try Durable.create(folder / fresh, Array(page.utf8), mode: 0o644)
            // Whatever our umask says, everybody may read it.
            try Files.setMode(folder / fresh, 0o644)
            try makeWay(in: folder)
            try Files.replace(folder / Ignored.receipt, with: folder / fresh)
        } catch {
            try? Files.unlink(folder / fresh)
            throw error
        }
    }

    /// Takes away one that flipd wrote.
    package static func remove(from incoming: Path) throws(Errno) {
        let folder = try Within(.empty, of: incoming)
        guard try Files.exists(folder / Ignored.receipt), isOurs(folder / Ignored.receipt) else { return }
        try Files.unlink(folder / Ignored.receipt)
    }

    /// A file of staff's gets another name, under which it is taken or handed back like any other.
    private static func makeWay(in folder: borrowing Within) throws(Errno) {
        guard try Files.exists(folder / Ignored.receipt), !isOurs(folder / Ignored.receipt) else { return }
        for number in 2... {
            do throws(Errno) {
                let other = folder / HandBack.numbered(Ignored.receipt, number)
                return try Files.rename(folder / Ignored.receipt, to: other)
            } catch {
                if error.code != EEXIST { throw error }
            }
        }
    }

    /// What cannot be read, or is no file, is not ours.
    private static func isOurs(_ path: Path) -> Bool {
        guard let file = try? Files.openForReading(path), (try? Files.status(of: file))?.kind == .file,
            let beginning = try? file.bytes(at: 0, atMost: Receipt.beginning_bytes)
        else { return false }
        return Receipt.isOurs(beginning)
    }

    /// Whether a path below the drop folder is the receipt, or one that is being written.
    static func isReceipt(_ path: Path) -> Bool { path == Ignored.receipt || path == fresh }

    /// Hidden, and so left alone by the intake.
    private static let fresh = Path(".What happened.html.new")
}
