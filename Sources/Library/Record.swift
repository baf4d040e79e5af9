// The record: one line of JSON for every intent and every fact that the tree itself does not show; appended, synced,
// never changed. `docs/stages.md` says how it is read after a crash.
package import Model
internal import Platform

package struct Record: ~Copyable {
    /// A place between two lines, as the ledger remembers it.
    package struct Position: Hashable, Comparable, Codable, Sendable {
        /// "2026-11-20"; empty for the very beginning.
        package var day: String
        package var offset: Int64

        package static let start = Position(day: "", offset: 0)

        package init(day: String, offset: Int64) {
            self.day = day
            self.offset = offset
        }

        package static func < (a: Position, b: Position) -> Bool { (a.day, a.offset) < (b.day, b.offset) }
    }

    private let folder: Path
    private var day = ""
    private var file: Descriptor?
    private var end: Int64 = 0

    package init(folder: Path) { self.folder = folder }

    /// Appends a line and syncs it. Answers where it begins.
    package mutating func append(_ fact: Fact) throws -> Position { try append([fact]) }

    /// Several lines with one sync. Answers where the first begins; there is at least one.
    package mutating func append(_ facts: [Fact]) throws -> Position {
        // Positions only grow, so that none is missed that the ledger has not read: not even when the clock was set back
        // while nobody looked.
        let latest = day.isEmpty ? try days().last ?? "" : day
        try open(day: max(facts[0].at.day, latest))
        let lines = try facts.flatMap { try JSON.encode($0) + [UInt8(ascii: "\n")] }
        let position = Position(day: day, offset: end)
        do {
            try Files.write(lines, to: file!)  // Open, because the line above has opened it.
            try Durable.sync(file!)  // Likewise.
        } catch {
            // Half a line may stand there now; the next one begins after a look at what does.
            file = nil
            day = ""
            throw error
        }
        end += Int64(lines.count)
        return position
    }

    /// Where the next line will begin.
    package var position: Position { Position(day: day, offset: end) }

    /// The next line opens it again. The position stays what it is.
    package mutating func close() { file = nil }

    private mutating func open(day: String) throws(Errno) {
        let path = self.path(of: day)
        if file != nil, day == self.day {
            // A library that was moved away, or copied, has its record where the path says.
            let ours = try Files.status(of: file!)  // Not nil, as was just asked.
            let found = try Files.status(of: path)
            if let found, (ours.device, ours.inode) == (found.device, found.inode) { return }
        }
        try Files.makeFolders(path.parent)
        let isNew = try !Files.exists(path)
        let opened = try Files.openForAppending(path, mode: 0o644)
        if isNew { try Durable.syncFolder(path.parent) }
        end = try Files.status(of: opened).bytes
        // A torn last line is left as it is, and ended, so that the next line stands alone.
        if end > 0, try opened.bytes(at: end - 1, atMost: 1) != [UInt8(ascii: "\n")] {
            try Files.write([UInt8(ascii: "\n")], to: opened)
            end += 1
        }
        self.day = day
        file = consume opened
    }

    private func path(of day: String) -> Path { folder / "\(day.prefix(4))/\(day).jsonl" }

    // MARK: Reading

    /// Every line from a position on, in order. What is no fact (a torn line) is left out. Answers where the next
    /// reading may begin.
    @discardableResult
    package func read(from start: Position, _ each: (Position, Fact) throws -> Void) throws -> Position {
        var end = Position.start
        for day in try days() where day >= start.day {
            let skip = day == start.day ? start.offset : 0
            let bytes = try Files.read(path(of: day), limit: Self.dayLimit_bytes)
            end = Position(day: day, offset: Int64(bytes.count))
            guard skip <= bytes.count else { continue }
            var at = Int(skip)
            while let lineEnd = bytes[at...].firstIndex(of: UInt8(ascii: "\n")) {
                if let fact = try? JSON.decode(Fact.self, from: bytes[at..<lineEnd]), fact.isSound {
                    try each(Position(day: day, offset: Int64(at)), fact)
                }
                at = lineEnd + 1
            }
            end.offset = Int64(at)
        }
        return end
    }

    /// A day of a hundred thousand files makes about 100 MB.
    private static let dayLimit_bytes = 1 << 30

    private func days() throws(Errno) -> [String] {
        guard try Files.exists(folder) else { return [] }
        var days: [String] = []
        for year in try Files.list(folder) where year.name.bytes.count == 4 && year.kind != .file {
            for file in try Files.list(folder / year.name) {
                let name = file.name.text
                // What else somebody put there is no record.
                let isOurs = name.hasPrefix("\(year.name.text)-") && name.hasSuffix(".jsonl")
                if isOurs, name.utf8.count == 16 { days.append(String(name.dropLast(6))) }
            }
        }
        return days.sorted()
    }
}
