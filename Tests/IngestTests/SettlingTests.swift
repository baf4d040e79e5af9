// When a file has come to rest, with a clock that is wound by hand.
import Glibc
import Ingest
import Model
import Platform
import Scratch
import Testing

@Suite struct SettlingTests {
    private let scratch: Scratch
    private var settling = Settling(rules: .init(settle_s: 5, emptyAfter_s: 60, patience_s: 600))
    private let a = Path("a.mov")

    init() throws { scratch = try Scratch() }

    /// The status of a file with these bytes; another count is another status.
    private func status(_ count: Int) throws -> FileStatus {
        try Files.status(of: scratch.file(Path("file\(count)"), [UInt8](repeating: 1, count: count)))!
    }

    @Test mutating func aFileIsQuietAfterFiveSecondsAndGivenOutOnce() throws {
        settling.saw(a, try status(1), at: 100)
        #expect(settling.nextDue == 105)
        #expect(settling.quiet(at: 104.9, atMost: 9).isEmpty)
        #expect(settling.quiet(at: 105, atMost: 9) == [a])
        #expect(settling.quiet(at: 200, atMost: 9).isEmpty)
        #expect(settling.nextDue == nil && settling.count == 1)
    }

    @Test mutating func seeingItUnchangedDoesNotStartTheClockAgain() throws {
        let status = try status(1)
        for now in stride(from: 100.0, to: 105, by: 1) { settling.saw(a, status, at: now) }
        #expect(settling.quiet(at: 105, atMost: 9) == [a])
    }

    @Test mutating func anyChangeStartsTheClockAgain() throws {
        settling.saw(a, try status(1), at: 100)
        settling.saw(a, try status(2), at: 104)
        #expect(settling.quiet(at: 105, atMost: 9).isEmpty)
        settling.touched(a, try status(2), at: 108)
        #expect(settling.quiet(at: 112, atMost: 9).isEmpty)
        #expect(settling.quietFor(a, at: 112) == 4)
        #expect(settling.quiet(at: 113, atMost: 9) == [a])
    }

    @Test mutating func aFileReplacedByOneOfTheSameSizeIsAnother() throws {
        settling.saw(a, try status(1), at: 100)
        let other = try Files.status(of: try scratch.file(Path("other"), [1]))!
        settling.saw(a, other, at: 103)
        #expect(settling.nextDue == 108)
    }

    @Test mutating func anEmptyFileWaitsForItsBytes() throws {
        settling.saw(a, try status(0), at: 100)
        #expect(settling.quiet(at: 159, atMost: 9).isEmpty)
        #expect(settling.quiet(at: 160, atMost: 9) == [a])
        settling.gone(a)
        settling.saw(a, try status(0), at: 200)
        settling.saw(a, try status(1), at: 201)
        #expect(settling.quiet(at: 206, atMost: 9) == [a])
    }

    @Test mutating func whatIsPutBackIsGivenOutAgainLater() throws {
        settling.saw(a, try status(1), at: 100)
        #expect(settling.quiet(at: 105, atMost: 9) == [a])
        settling.putBack(a, at: 106, delay_s: 10)
        #expect(settling.nextDue == 116)
        #expect(settling.quiet(at: 115, atMost: 9).isEmpty)
        #expect(settling.quiet(at: 116, atMost: 9) == [a])
        // A change makes a long delay short.
        settling.putBack(a, at: 120, delay_s: 300)
        settling.saw(a, try status(2), at: 121)
        #expect(settling.nextDue == 126)
        settling.putBack(Path("unknown"), at: 1, delay_s: 1)
        #expect(settling.count == 1)
    }

    @Test mutating func manyFilesComeOldestFirstAndNotAllAtOnce() throws {
        let status = try status(1)
        for number in 0..<5000 { settling.saw(Path("f\(number)"), status, at: 100 + Double(number) / 1000) }
        var given: [Path] = []
        while true {
            let some = settling.quiet(at: 200, atMost: 700)
            if some.isEmpty { break }
            #expect(some.count <= 700)
            given += some
        }
        #expect(given == (0..<5000).map { Path("f\($0)") })
        #expect(settling.quiet(at: 300, atMost: 0).isEmpty && settling.quiet(at: 300, atMost: -3).isEmpty)
    }

    @Test mutating func theyComeInTheOrderInWhichTheyAreDueHoweverTheyMoved() throws {
        let (empty, full) = (try status(0), try status(1))
        for name in ["a", "b", "c", "d", "e"] { settling.saw(Path(name), full, at: 100) }
        settling.saw(Path("f"), empty, at: 50)
        settling.touched(Path("b"), full, at: 103)
        settling.touched(Path("a"), full, at: 102)
        settling.putBack(Path("d"), at: 100, delay_s: 9)
        settling.gone(Path("e"))
        settling.saw(Path("e"), full, at: 101)
        #expect(settling.nextDue == 105)
        #expect(settling.quiet(at: 200, atMost: 9) == ["c", "e", "a", "b", "d", "f"].map { Path($0) })
        #expect(settling.nextDue == nil)
    }

    @Test mutating func tenThousandThatWaitAreNoBurden() throws {
        let status = try status(1)
        for number in 0..<10_000 { settling.saw(Path("f\(number)"), status, at: 100) }
        var seen: Set<Double?> = []
        let began = Clock.monotonic_s()
        for number in 0..<10_000 {
            settling.touched(Path("f\(number)"), status, at: 101)
            seen.insert(settling.nextDue)
            if !settling.quiet(at: 104, atMost: 8).isEmpty { seen.insert(nil) }
        }
        #expect(Clock.monotonic_s() - began < 4)
        #expect(seen == [105, 106])
        #expect(settling.quiet(at: 106, atMost: 20_000).count == 10_000)
    }

    @Test mutating func whatChangesForHalfAnHourIsNamedAndNothingElse() throws {
        settling.saw(Path("resting"), try status(1), at: 0)
        settling.saw(Path("growing"), try status(1), at: 0)
        settling.saw(Path("open"), try status(1), at: 0)
        settling.saw(Path("new"), try status(1), at: 1799)
        _ = settling.quiet(at: 6, atMost: 9)
        settling.putBack(Path("open"), at: 6, delay_s: 1)
        settling.isWritten(Path("open"))
        #expect(settling.stillChanging(for: 1800, at: 1799).isEmpty)
        settling.touched(Path("growing"), try status(2), at: 1801)
        let named = settling.stillChanging(for: 1800, at: 1860)
        #expect(named.map(\.path) == [Path("growing"), Path("open")] && named.map(\.seconds) == [1860, 1860])
        // Nobody writes any more, and what has come to rest waits for something else.
        _ = settling.quiet(at: 1860, atMost: 9)
        #expect(settling.stillChanging(for: 1800, at: 4000).isEmpty)
    }
}
