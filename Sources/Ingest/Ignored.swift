// What in the drop folder is never taken and never deleted: pure, by name alone.
package import Model

package struct Ignored: Sendable {
    /// The folder of what was handed back.
    package static let problems = Path("Problems")
    /// The receipt for people who look into the folder.
    package static let receipt = Path("What happened.html")

    /// Endings of copies under way and of companions, in lower case.
    private static let endings = [
        "~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".tacitpart", ".!sync", ".aae",
    ]

    /// Names that systems leave behind, and folders that are theirs, in lower case.
    private static let names: Set<String> = [
        "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "#recycle", "@recycle", "$recycle.bin",
        "system volume information", "lost+found", "__macosx",
    ]

    private let patterns: [Pattern]

    /// `patterns` come on top of the built-in list: names in which `*` stands for anything.
    package init(patterns: [String] = []) { self.patterns = patterns.map(Pattern.init) }

    /// Whether a name is to be left alone, wherever it stands.
    package func contains(name: Path) -> Bool {
        // Hidden names include `._NAME`, rsync's `.NAME.XXXXXX`, Finder's and NAS boxes' folders.
        if name.bytes.first == UInt8(ascii: ".") { return true }
        if name.bytes.starts(with: Array("~$".utf8)) { return true }
        let lower = name.text.lowercased()
        return Self.endings.contains { lower.hasSuffix($0) } || Self.names.contains(lower)
            || patterns.contains { $0.matches(name) }
    }

    /// Whether a path below the drop folder is to be left alone.
    package func contains(path: Path, isFolder: Bool = false) -> Bool {
        if Self.isHandedBack(path, isFolder: isFolder) || path == Self.receipt { return true }
        return path.components.contains { contains(name: $0) }
    }

    /// Whether a path is the folder of what was handed back, or in it. A file of that name is a file like others.
    static func isHandedBack(_ path: Path, isFolder: Bool) -> Bool {
        path.isInside(problems) && (isFolder || path != problems)
    }

    /// Whether a file is one that systems leave behind by themselves, and that nobody misses.
    static func isDropping(_ name: Path) -> Bool {
        droppings.contains(name.text.lowercased()) || name.bytes.starts(with: Array("._".utf8))
    }

    private static let droppings: Set<String> = [
        ".ds_store", ".localized", "thumbs.db", "ehthumbs.db", "desktop.ini",
    ]
}

/// A name in which `*` stands for any bytes.
struct Pattern: Sendable {
    private let pieces: [[UInt8]]

    init(_ text: String) {
        pieces = Array(text.utf8).split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(
            Array.init)
    }

    func matches(_ name: Path) -> Bool {
        guard let first = pieces.first, let last = pieces.last, name.bytes.starts(with: first) else {
            return false
        }
        if pieces.count == 1 { return name.bytes == first }
        var rest = name.bytes.dropFirst(first.count)
        // Leftmost matches leave the most for the pieces that follow.
        for piece in pieces.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
