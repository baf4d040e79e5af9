// The library's marker: without it, or with another library's, nothing is touched. A missing disk is no reason to begin
// a new archive on the wrong one.
internal import Model
package import Platform

package enum Marker {
    package enum Finding: Hashable, Sendable {
        case ours
        case missing
        case another(id: String)
        case unreadable(Errno)
    }

    /// Longer than any marker, and a bound against a wrong file.
    private static let limit_bytes = 1024

    package static func look(_ layout: Layout, for library: String) -> Finding {
        do throws(Errno) {
            guard let id = try read(layout) else { return .missing }
            return id == library ? .ours : .another(id: id)
        } catch {
            return .unreadable(error)
        }
    }

    /// The id in the marker; nil where there is none.
    package static func read(_ layout: Layout) throws(Errno) -> String? {
        do throws(Errno) {
            let bytes = try Files.read(layout.marker, limit: limit_bytes)
            let id = Path(bytes: bytes.prefix { $0 != UInt8(ascii: "\n") }).text
            // An empty marker is what a power cut leaves of one that was being made.
            return id.isEmpty ? nil : id
        } catch {
            if error.meansAbsent { return nil }
            throw error
        }
    }

    /// Whether a library may begin here: in a folder that holds nothing yet.
    package static func isFree(_ layout: Layout) throws(Errno) -> Bool {
        guard try Files.exists(layout.root) else { return true }
        // What a file system makes by itself does not count; nor does what is left of a beginning that was cut off.
        let begun = [
            layout.record, layout.staging, layout.media, layout.originals, layout.marker, fresh(layout),
        ]
        let known = Set(begun.map(\.name) + [Path("lost+found")])
        let names = Set(try Files.list(layout.root, followingLinks: true).map(\.name))
        guard names.isSubset(of: known) else { return false }
        return try isUntouched(layout)
    }

    /// Whether a library that has begun holds nothing yet.
    package static func isUntouched(_ layout: Layout) throws(Errno) -> Bool {
        for folder in [layout.record, layout.media, layout.originals, layout.trash, layout.ledger] {
            if try Files.exists(folder), try !Files.list(folder).isEmpty { return false }
        }
        return true
    }

    /// Makes a new library: the folders first, the marker last.
    package static func make(_ layout: Layout, id: String) throws(Errno) {
        try Files.makeFolders(layout.root)
        for folder in [layout.record, layout.staging, layout.media, layout.originals] {
            try Files.makeFolder(folder)
        }
        let fresh = fresh(layout)
        try Files.removeTree(fresh)
        try Durable.create(fresh, Array("\(id)\n".utf8), mode: 0o444)
        // At that instant the library exists.
        try Files.replace(layout.marker, with: fresh)
        try Durable.syncFolder(layout.root)
    }

    /// A marker that is being written.
    private static func fresh(_ layout: Layout) -> Path { layout.root / ".flipd-library.new" }
}
