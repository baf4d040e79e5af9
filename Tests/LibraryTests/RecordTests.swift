// The record: appended, read again, torn, and with the clock set back.
import Library
import Model
import Platform
import Scratch
import Testing

@Suite struct RecordTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func fact(_ number: Int64, at moment: Timestamp = noon) -> Fact {
        Fact(at: moment, id: makeID(number), what: .leftAlone)
    }

    private func all(from start: Record.Position = .start) throws -> [(at: Record.Position, id: AssetID)] {
        var found: [(Record.Position, AssetID)] = []
        try Record(folder: scratch.path).read(from: start) { found.append(($0, $1.id)) }
        return found
    }

    private var today: Path { scratch / "2026/2026-11-20.jsonl" }

    @Test func severalLinesAreAppendedAsOne() throws {
        var record = Record(folder: scratch.path)
        let facts = (1...4).map { fact($0) }
        let one = try record.append(facts[0])
        let several = try record.append([facts[1], facts[2]])
        let last = try record.append(facts[3])
        #expect(try all().map(\.id) == facts.map(\.id))
        #expect(try all(from: several).map(\.id) == facts.dropFirst().map(\.id))
        #expect(try all().map(\.at).first == one && all().map(\.at).last == last)
    }

    @Test func linesReadBackInOrderFromAnyPosition() throws {
        var record = Record(folder: scratch.path)
        #expect(try all().isEmpty)
        var positions: [Record.Position] = []
        for number in 0..<20 { positions.append(try record.append(fact(Int64(number)))) }
        #expect(try all().map(\.at) == positions)
        #expect(Set(try all().map(\.id)).count == 20)
        #expect(try all(from: positions[7]).map(\.at) == Array(positions[7...]))
        #expect(try all(from: record.position).isEmpty)
        #expect(
            record.position == Record.Position(day: "2026-11-20", offset: try Files.status(of: today)!.bytes))
        #expect(positions == positions.sorted())
        #expect(try read(today).split(separator: "\n").count == 20)
    }

    @Test func aReadingEndsWhereTheNextBegins() throws {
        var record = Record(folder: scratch.path)
        #expect(try record.read(from: .start) { _, _ in } == .start)
        _ = try record.append(fact(1))
        #expect(try record.read(from: .start) { _, _ in } == record.position)
    }

    @Test func aTornLastLineIsEndedAndNotRead() throws {
        var record = Record(folder: scratch.path)
        _ = try record.append(fact(1))
        let whole = record.position
        try Files.write(Array(#"{"at":"2026-11-"#.utf8), to: try Files.openForAppending(today, mode: 0o644))
        #expect(try all().count == 1)
        #expect(try record.read(from: .start) { _, _ in } == whole)
        var next = Record(folder: scratch.path)
        let position = try next.append(fact(2))
        #expect(position > whole)
        #expect(try all().count == 2)
        #expect(try all(from: whole).map(\.at) == [position])
        #expect(try all(from: position).count == 1)
    }

    @Test func linesThatAreNoFactsAreSkipped() throws {
        var record = Record(folder: scratch.path)
        _ = try record.append(fact(1))
        try Files.write(
            Array("garbage\n\n{}\n[1,2]\n\u{0}\u{0}\n{\"at\":1}\n".utf8) + [0xFF, 0x0A],
            to: try Files.openForAppending(today, mode: 0o644))
        var next = Record(folder: scratch.path)
        _ = try next.append(fact(2))
        #expect(try all().count == 2)
    }

    @Test func aNewDayBeginsANewFile() throws {
        var record = Record(folder: scratch.path)
        let first = try record.append(fact(1))
        let second = try record.append(fact(2, at: noon + 86400))
        let third = try record.append(fact(3, at: Timestamp("2027-01-01T00:00:00Z")!))
        #expect([first.day, second.day, third.day] == ["2026-11-20", "2026-11-21", "2027-01-01"])
        #expect(first < second && second < third && third.offset == 0)
        #expect(try all().map(\.at) == [first, second, third])
        #expect(try all(from: second).map(\.at) == [second, third])
        #expect(try names(in: scratch.path) == ["2026", "2027"])
    }

    @Test(arguments: [true, false])
    func aClockThatIsSetBackChangesNoOrder(_ isRestarted: Bool) throws {
        var record = Record(folder: scratch.path)
        let first = try record.append(fact(1, at: noon + 86400 * 40))
        if isRestarted { record = Record(folder: scratch.path) }
        let second = try record.append(fact(2))
        #expect(second.day == "2026-12-30" && second > first)
        #expect(try all(from: second).map(\.at) == [second])
        #expect(try all().map(\.at) == [first, second])
    }

    @Test func aRecordThatWasMovedAwayIsNotWrittenOn() throws {
        var record = Record(folder: scratch.path)
        _ = try record.append(fact(1))
        try Files.rename(scratch / "2026", to: scratch / "away")
        _ = try record.append(fact(2))
        #expect(try all().count == 1)
        #expect(try read(scratch / "away/2026-11-20.jsonl").split(separator: "\n").count == 1)
    }

    @Test func whatElseStandsInTheFolderDoesNotMatter() throws {
        var record = Record(folder: scratch.path)
        _ = try record.append(fact(1))
        try scratch.file("note")
        try scratch.file("2026/abcdefghij.jsonl")
        try scratch.file("2026/2025-11-20.jsonl")
        try scratch.file("2026/2026-11-20.jsonl~")
        try scratch.folder("x/y")
        #expect(try all().count == 1)
    }

    @Test func aPositionBeyondTheEndReadsNothing() throws {
        var record = Record(folder: scratch.path)
        _ = try record.append(fact(1))
        #expect(try all(from: Record.Position(day: "2026-11-20", offset: 1 << 40)).isEmpty)
        #expect(try all(from: Record.Position(day: "2027-01-01", offset: 0)).isEmpty)
    }

    @Test func aDayOfManyThousandLinesIsRead() throws {
        let line = Array("\(String(decoding: try JSON.encode(fact(1)), as: UTF8.self))\n".utf8)
        let junk = Array((String(repeating: "x", count: 999) + "\n").utf8)
        var bytes: [UInt8] = []
        for _ in 0..<4000 { bytes += junk + line }
        try scratch.file(Path("2026/2026-11-20.jsonl"), bytes)
        #expect(bytes.count > 4_000_000)
        #expect(try all().count == 4000)
        var record = Record(folder: scratch.path)
        #expect(try record.append(fact(2)).offset == Int64(bytes.count))
    }
}
