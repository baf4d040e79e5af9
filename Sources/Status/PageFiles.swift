// The page: a few small files, read once and held. They tell nothing that is not known to everybody; what they show they
// ask for like any other client.
package import Model
package import Platform

package struct PageFile: Sendable {
    let bytes: [UInt8]
    let tag: String
    let mime: String

    /// Nothing but our own files is loaded, run or shown, whatever a file's name may say.
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    var headers: [String: String] {
        [
            "Content-Type": mime, "ETag": tag, "Cache-Control": "no-cache",
            "Content-Security-Policy": Self.policy, "Referrer-Policy": "no-referrer",
        ]
    }
}

package struct PageFiles: Sendable {
    static let index = "index.html"
    private var files: [String: PageFile] = [:]

    /// Enough for any file of a page without pictures.
    private static let file_bytes = 1 << 20

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
    ]

    package static let none = PageFiles()
    private init() {}

    package init(in folder: Path) throws(Errno) {
        for entry in try Files.list(folder) {
            let name = entry.name.text
            guard let ending = entry.name.stemAndExtension.extension?.text, let mime = Self.types[ending] else {
                continue
            }
            let bytes = try Files.read(folder / entry.name, limit: Self.file_bytes)
            let tag = "\"\(SHA256.digest(of: bytes).description.prefix(16))\""
            files[name] = PageFile(bytes: bytes, tag: tag, mime: mime)
        }
    }

    package func response(_ name: String) -> Response {
        if let file = files[name] { return .page(file) }
        return name == Self.index
            ? .notFound("The page is not installed. Install flipd anew; the archive works without it.")
            : .notFound()
    }
}
