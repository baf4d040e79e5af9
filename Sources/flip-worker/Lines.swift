internal import Glibc
internal import Model
internal import Platform

/// Why the line on standard input is no job.
struct Misunderstanding: Error {
    let sentence: String
}

/// The one line that says what to do. What follows it is never read.
func readJob() throws(Misunderstanding) -> Job {
    let line = try readLine()
    // The number comes first: a later flipd may have changed everything else.
    struct Spoken: Decodable { let `protocol`: Int }
    guard let spoken = try? JSON.decode(Spoken.self, from: line) else {
        throw Misunderstanding(sentence: "standard input holds no job")
    }
    guard spoken.protocol == Job.currentProtocol else {
        throw Misunderstanding(
            sentence: "flipd speaks protocol \(spoken.protocol), this worker \(Job.currentProtocol); "
                + "install both from the same version")
    }
    guard let job = try? JSON.decode(Job.self, from: line) else {
        throw Misunderstanding(sentence: "the job on standard input is incomplete")
    }
    return job
}

private func readLine() throws(Misunderstanding) -> [UInt8] {
    var line: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 64 << 10)
    while line.count <= Limits.workerLine_bytes {
        let count = read(STDIN_FILENO, &part, part.count)
        if count == -1, errno == EINTR { continue }
        guard count > 0 else { return line }
        if let end = part[..<count].firstIndex(of: UInt8(ascii: "\n")) { return line + part[..<end] }
        line += part[..<count]
    }
    throw Misunderstanding(sentence: "the line on standard input is too long")
}

/// One line on standard output. When nobody reads it any more there is nobody to work for.
func report(_ line: WorkerLine) {
    guard let bytes = try? JSON.encode(line), put(bytes + [UInt8(ascii: "\n")], STDOUT_FILENO) else {
        exit(Ending.badly)
    }
}

func tell(_ text: String) -> Int32 { put(Array(text.utf8), STDOUT_FILENO) ? Ending.well : Ending.badly }

func complain(_ sentence: String) { _ = put(Array((sentence + "\n").utf8), complaints) }

/// Where we complain, once libraries can do so no more.
private let complaints = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)

/// Some libraries write line after line to standard error about what they find in a file, and all of it would stand in the
/// journal, as long as somebody made it.
func hushLibraries() {
    guard complaints >= 0 else { return }
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    guard nowhere >= 0 else { return }
    _ = dup2(nowhere, STDERR_FILENO)
    _ = close(nowhere)
}

private func put(_ bytes: [UInt8], _ descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count == -1, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}
