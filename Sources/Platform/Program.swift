// Another program, run to its end: for command lines, which have nothing else to do meanwhile.
internal import Glibc
internal import Model

package struct Program: Sendable {
    package let how: Child.Ending.How
    /// The end of what it said, where it said very much.
    package let output: [UInt8]
    package let errors: [UInt8]

    private static let limit_bytes = 64 << 10

    /// Our own PATH, and words in English.
    package static var plainEnvironment: [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return ["PATH=\(path)", "LC_ALL=C.UTF-8"]
    }

    /// Starts the program that the first word names, on the PATH or by its path, and waits. It is in our own process group,
    /// so that Ctrl-C ends it too.
    package static func run(_ words: [String], environment: [String]) throws(Errno) -> Program {
        let nothing = try Files.openForReading(Path("/dev/null"))
        var output = try Pipe()
        var errors = try Pipe()
        let theirErrors = errors.writing.take()!  // Taken once, because the pipe is new.
        let child = try Child.start(
            Path(words[0]), arguments: Array(words.dropFirst()), environment: environment, input: nothing,
            output: output.writing.take()!,  // Likewise.
            errors: theirErrors.raw, ownGroup: false)
        try theirErrors.close()
        let hearing = output.reading.take()!  // Likewise.
        let hearingErrors = errors.reading.take()!  // Likewise.
        var (said, complained) = ([UInt8](), [UInt8]())
        try hearing.setNonBlocking()
        try hearingErrors.setNonBlocking()
        var polled = [hearing.raw, hearingErrors.raw, child.pidfd.raw].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        // Its end ends the hearing: what it leaves running, as ssh may, keeps both pipes open.
        while polled[2].revents == 0 {
            try system("poll") { poll(&polled, 3, -1) }
            if try hearing.addSome(to: &said) { polled[0].fd = -1 }
            if try hearingErrors.addSome(to: &complained) { polled[1].fd = -1 }
        }
        return Program(how: try child.wait().how, output: said, errors: complained)
    }

    /// What it said on standard error, its last line first: programs end with what matters.
    package var complaints: [String] {
        String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline).reversed().map(String.init)
    }

    fileprivate static func cut(_ bytes: inout [UInt8]) {
        if bytes.count > 2 * limit_bytes { bytes.removeFirst(bytes.count - limit_bytes) }
    }
}

extension Descriptor {
    /// Everything that there is to read now. True at the end.
    fileprivate borrowing func addSome(to bytes: inout [UInt8]) throws(Errno) -> Bool {
        while true {
            guard let some = try readSome() else { return true }
            if some.isEmpty { return false }
            bytes += some
            Program.cut(&bytes)
        }
    }
}
