// Snapshots of the ledger: names, which are kept, and that nothing else is ever removed.
import Model
import Platform
import Scratch
import Testing

@testable import Library

@Suite struct SnapshotTests {
    private func snapshot(_ text: String) -> Snapshot { Snapshot(at: Timestamp(text)!) }
    private func snapshots(_ days: ClosedRange<Int>, hour: String = "02") -> [Snapshot] {
        days.map { snapshot("2026-11-\($0 < 10 ? "0" : "")\($0)T\(hour):00:00Z") }
    }
    private func days(_ kept: Set<Snapshot>) -> [String] {
        kept.sorted().map { String($0.name.dropFirst(13).prefix(5)) }
    }

    @Test func theNameIsTheMoment() {
        let moment = Timestamp("2026-11-21T02:03:04.567Z")!
        #expect(Snapshot(at: moment).name == "ledger-20261121T020304Z.sqlite")
        #expect(
            Snapshot(name: Path("ledger-20261121T020304Z.sqlite"))?.moment == Timestamp("2026-11-21T02:03:04Z"))
    }

    @Test(arguments: [
        "ledger-20261121T020304.sqlite", "ledger-20261121T020304Z.sqlite-wal", "ledger-20261321T020304Z.sqlite",
        "ledger-20261121T020360Z.sqlite", "ledger-20261121020304TZ.sqlite", "ledger.sqlite", "flipd.conf",
        "Ledger-20261121T020304Z.sqlite", "ledger-20261121T020304Z.sqlite2", "",
    ])
    func nothingElseIsASnapshot(_ name: String) { #expect(Snapshot(name: Path(name)) == nil) }

    @Test func theNewestOfEachDayAndWeekAreKept() {
        // November 2026 begins on a Sunday: the weeks end on the 1st, 8th, 15th, 22nd and 29th.
        let all = snapshots(1...25) + snapshots(1...25, hour: "01")
        let kept = Snapshot.kept(all, days: 3, weeks: 4)
        #expect(days(kept) == ["01T02", "08T02", "15T02", "22T02", "23T02", "24T02", "25T02"].suffix(6))
        #expect(days(Snapshot.kept(all, days: 1, weeks: 0)) == ["25T02"])
        #expect(Snapshot.kept(all, days: 100, weeks: 100).count == 25)
        #expect(Snapshot.kept([Snapshot](), days: 7, weeks: 5).isEmpty)
    }

    @Test func daysAndWeeksWithoutOneDoNotCount() {
        let all = [
            "2025-01-01T02:00:00Z", "2025-06-01T02:00:00Z", "2026-01-05T02:00:00Z", "2026-01-05T03:00:00Z",
        ].map(snapshot)
        #expect(Snapshot.kept(all, days: 3, weeks: 2) == [all[0], all[1], all[3]])
    }

    @Test func onlySnapshotsAreRemoved() throws {
        let scratch = try Scratch()
        let folder = try scratch.folder("ledger")
        let others = ["flipd.conf", "ledger-20261101T020000Z.sqlite.bak", "ledger.sqlite", "notes.txt"]
        for name in others { try scratch.file("ledger/\(name)") }
        for one in snapshots(1...25) { try scratch.file("ledger/\(one.name)") }
        // What a clock that was ahead has made neither counts nor goes.
        let toCome = Snapshot(at: Timestamp("2099-01-01T02:00:00Z")!)
        try scratch.file("ledger/\(toCome.name)")
        try Snapshot.tidy(folder, asOf: Timestamp("2027-01-01T00:00:00Z")!, days: 2, weeks: 1)
        let kept = snapshots(24...25).map(\.name) + [toCome.name]
        #expect(try names(in: folder) == (others + kept).sorted())
    }

    @Test func ofSeveralInOneSecondTheLastIsKept() throws {
        let scratch = try Scratch()
        let folder = scratch / "library/ledger"
        for number in 0..<5 {
            let staged = try scratch.file("staged", "\(number)")
            let path = try Snapshot.place(staged, at: noon + Double(number) * 0.3, in: folder)
            try Snapshot.tidy(folder, asOf: noon + 1, days: 1, weeks: 0)
            #expect(try read(path) == "\(number)")
            #expect(try names(in: folder).count == 1)
        }
    }

    @Test func twoOfOneSecondHaveTwoNames() throws {
        let scratch = try Scratch()
        let folder = scratch / "library/ledger"
        for text in ["one", "two"] {
            let staged = try scratch.file("staged", text)
            let path = try Snapshot.place(staged, at: noon, in: folder)
            #expect(try read(path) == text)
            #expect(try Files.status(of: path)?.mode == 0o444)
        }
        #expect(
            try names(in: folder) == ["ledger-20261120T120000Z.sqlite", "ledger-20261120T120001Z.sqlite"])
    }
}
