// A folder of one's own for one test, removed with its object; and small things to fill it with.
internal import Glibc
package import Model
package import Platform

package final class Scratch: Sendable {
    package let path: Path

    /// Below the system's temporary folder, or below another one to be on another filesystem.
    package init(below parent: String = "/tmp") throws(Errno) {
        var template = Array("\(parent)/flip-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(errno, "mkdtemp") }
        path = Path(bytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    deinit { Self.remove(path) }

    /// Published folders forbid their own removal.
    private static func remove(_ path: Path) {
        guard let found = try? Files.status(of: path) else { return }
        if found.kind == .folder {
            try? Files.setMode(path, 0o755)
            for entry in (try? Files.list(path)) ?? [] { remove(path / entry.name) }
            try? Files.removeFolder(path)
        } else {
            try? Files.unlink(path)
        }
    }

    package static func / (scratch: Scratch, name: String) -> Path { scratch.path / name }

    @discardableResult
    package func folder(_ name: String) throws(Errno) -> Path {
        try Files.makeFolders(path / name)
        return path / name
    }

    @discardableResult
    package func file(_ name: String, _ text: String = "some bytes") throws(Errno) -> Path {
        try file(Path(name), Array(text.utf8))
    }

    @discardableResult
    package func file(_ name: Path, _ bytes: [UInt8]) throws(Errno) -> Path {
        let file = path / name
        try Files.makeFolders(file.parent)
        try write(file, bytes)
        return file
    }
}

/// Makes a file, or makes it anew.
package func write(_ path: Path, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(Errno) {
    try Files.removeTree(path)
    try Durable.create(path, bytes, mode: mode)
}

package func read(_ path: Path) throws(Errno) -> String {
    String(decoding: try Files.read(path, limit: 1 << 26), as: UTF8.self)
}

/// The names in a folder, sorted.
package func names(in folder: Path) throws(Errno) -> [String] {
    try Files.list(folder).map(\.name.text).sorted()
}

/// How a program ended, and what it said on stdout.
package func outcome(of program: String, _ arguments: [String]) throws -> (how: Child.Ending.How, said: String)
{
    var input = try Pipe()
    var output = try Pipe()
    input.writing = nil
    let reading = input.reading.take()!  // Taken once, because the pipe is new.
    let writing = output.writing.take()!  // Likewise.
    let child = try Child.start(
        Path(program), arguments: arguments, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"],
        input: reading, output: writing, errors: 2)
    try writing.close()
    let answers = output.reading.take()!  // Likewise.
    var said: [UInt8] = []
    while let bytes = try answers.readSome() { said += bytes }
    return (try child.wait().how, String(decoding: said, as: UTF8.self))
}

package let isRoot = Users.me == 0
