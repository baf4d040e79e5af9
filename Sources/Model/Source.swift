/// The file that was dropped: where it came from and whose it was, so that it can go back exactly as it was.
package struct Source: Hashable, Codable, Sendable {
    /// Below the drop folder, with its sub-folders.
    package var path: Path
    package var device: UInt64
    package var inode: UInt64
    package var bytes: Int64
    package var modified_ns: Int64
    package var uid: UInt32
    package var gid: UInt32
    /// Permission bits.
    package var mode: UInt32
    /// The owner's name, where the system knows one.
    package var owner: String?

    package init(
        path: Path, device: UInt64, inode: UInt64, bytes: Int64, modified_ns: Int64, uid: UInt32, gid: UInt32,
        mode: UInt32, owner: String?
    ) {
        self.path = path
        self.device = device
        self.inode = inode
        self.bytes = bytes
        self.modified_ns = modified_ns
        self.uid = uid
        self.gid = gid
        self.mode = mode
        self.owner = owner
    }

    /// Whether both are one file in one place, with the same contents as far as that can be told without reading it.
    package func isSameFile(as other: Source) -> Bool {
        path == other.path && (device, inode) == (other.device, other.inode)
            && (bytes, modified_ns) == (other.bytes, other.modified_ns)
    }
}

extension Source {
    /// Whether its name is one that photos have. A hint: what a file is, its bytes say, and those a worker reads.
    package var looksLikePhoto: Bool { Self.looksLikePhoto(path) }

    package static func looksLikePhoto(_ path: Path) -> Bool {
        path.stemAndExtension.extension.map { photoEndings.contains($0.text.lowercased()) } ?? false
    }

    private static let photoEndings: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "heic", "heif", "hif", "avif", "jxl",
        "jp2", "tif", "tiff", "bmp", "dng", "cr2", "cr3", "nef", "arw", "raf", "rw2", "orf",
    ]
}

/// What the sub-folders say of a file: "App/ref=entry-4711/x.mov" is in the collection "App" with a reference.
package struct Placement: Hashable, Sendable {
    package let collection: Path
    package let ref: Path?

    /// `path` is below the drop folder and ends with the file's name.
    package init(of path: Path) {
        var (collection, ref) = (Path.empty, Path?.none)
        for folder in path.parent.components {
            if folder.bytes.starts(with: Self.mark), folder.bytes.count > Self.mark.count {
                ref = Path(bytes: folder.bytes.dropFirst(Self.mark.count))
            } else {
                collection = collection / folder
            }
        }
        self.collection = collection
        self.ref = ref
    }

    private static let mark = Array("ref=".utf8)
}
