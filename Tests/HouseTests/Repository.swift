// The repository's own files, for the tests of this target, which read them.
import Glibc
import Testing

/// A text file of the repository.
struct TextFile: CustomTestStringConvertible, Sendable {
    /// From the repository's root.
    let path: String
    let lines: [String]

    var text: String { lines.joined(separator: "\n") }
    var name: String { String(path.split(separator: "/").last ?? "") }
    var testDescription: String { path }

    /// The target it belongs to, for what stands below `Sources` or `Tests`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
}

enum Repository {
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// Every Swift file, the plan included.
    static let swift = sources + tests + [try? read("Package.swift")].compactMap { $0 }
    static let sources = swiftFiles(below: "Sources")
    static let tests = swiftFiles(below: "Tests")

    /// The page's files.
    static let page = names(in: "web").compactMap { try? read("web/\($0)") }

    static func read(_ path: String) throws -> TextFile {
        let file = try #require(fopen("\(root)/\(path)", "r"), "\(path) is missing")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&part, 1, part.count, file)
            if count == 0 { break }
            bytes += part[..<count]
        }
        var lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return TextFile(path: path, lines: lines.map(String.init))
    }

    /// In bytes; nil where there is no such file.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat("\(root)/\(path)", &status) == 0 ? Int(status.st_size) : nil
    }

    private static func swiftFiles(below folder: String) -> [TextFile] {
        names(in: folder).flatMap { name -> [TextFile] in
            let path = "\(folder)/\(name)"
            if name.hasSuffix(".swift") { return [try? read(path)].compactMap { $0 } }
            return name.contains(".") ? [] : swiftFiles(below: path)
        }
    }

    private static func names(in folder: String) -> [String] {
        guard let handle = opendir("\(root)/\(folder)") else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
