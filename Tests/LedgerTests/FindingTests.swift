// Where single files are, asked of a real database.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct FindingTests {
    private let scratch: Scratch
    private let ledger: Ledger
    private let reader: LedgerReader

    init() throws {
        scratch = try Scratch()
        ledger = try Ledger(scratch / "ledger.sqlite")
        reader = try LedgerReader(scratch / "ledger.sqlite")
    }

    @discardableResult
    private func add(
        _ number: Int64, _ path: String = "a.mov", _ stage: Stage = .taken,
        _ change: (inout Asset) -> Void = { _ in }
    ) throws -> AssetID {
        var asset = leanAsset(makeID(number))
        asset.stage = stage
        asset.source = makeSource(Path(path))
        change(&asset)
        try ledger.put(asset)
        return asset.id
    }

    private func names(_ asked: String, limit: Int = 50) throws -> [String] {
        try reader.named(CameraName(asked), limit: limit).map(\.sourceName.text)
    }

    @Test func namesAreFoundInAnyCaseAndSpelling() throws {
        try add(1, "Loom/IMG_0042.MOV")
        try add(2, "IMGX0042.MOV")
        try add(3, "Gr\u{FC}n 100 %.mov")
        try add(4, "Loom/Gru\u{308}n 100 %.mov")
        #expect(try names("img_0042") == ["IMG_0042.MOV"])
        #expect(try names("0042.mov") == ["IMGX0042.MOV", "IMG_0042.MOV"])
        #expect(try names("GR\u{DC}N").count == 2)
        #expect(try names("gru\u{308}n 100 %").count == 2)
        #expect(try names("100 %%").isEmpty)
        #expect(try names("Loom").isEmpty)
        #expect(try names("mov", limit: 3).count == 3)
    }

    @Test func whatIsInProblemsIsFoundByItsPlace() throws {
        let place = Path("Problems/a.mov")
        let first = try add(1, "a.mov", .handedBack) { $0.handedBackTo = place }
        #expect(try reader.handedBack(to: place)?.id == first)
        let second = try add(2, "a.mov", .handedBack) { $0.handedBackTo = place }
        #expect(try reader.handedBack(to: place)?.id == second)
        #expect(try reader.handedBack(to: Path("Problems/b.mov")) == nil)
    }

    @Test func theLastEndsComeFirst() throws {
        for number in 1...5 {
            try add(Int64(number), "a.mov", .published) { $0.endedAt = noon + Double(10 - number) }
        }
        let ended = try reader.ended(since: noon + 6, limit: 3)
        #expect(ended.map(\.id.madeAt) == [1, 2, 3].map { Timestamp(milliseconds: noon.milliseconds + $0) })
    }

    @Test func theNewestOnTheirWayComeFirst() throws {
        try add(1, "a.mov", .previewed)
        try add(2)
        try add(3, "a.mov", .published)
        try add(4, "a.mov", .awaitingTwin)
        let found = try reader.unfinished(limit: 2)
        #expect(found.map(\.stage) == [.awaitingTwin, .taken])
    }

    @Test func theLineEndsBeforeTheFirstThatNobodyHasLookedAt() throws {
        func video(_ asset: inout Asset) {
            asset.media = Media(kind: .video, duration: 20, width: 1, height: 1)
        }
        let first = try add(1, "a.mov", .previewed, video)
        let second = try add(2, "a.mov", .previewed, video)
        #expect(try reader.line(limit: 9).map(\.id) == [first, second])
        #expect(try reader.line(limit: 1).map(\.id) == [first])
        let unknown = try add(3, "a.mov", .previewing)
        try add(4, "a.mov", .previewed, video)
        #expect(try reader.line(limit: 9).map(\.id) == [first, second])
        #expect(unknown > second)
    }

    @Test func photosThatNobodyHasLookedAtHideNoVideoBehindThem() throws {
        func video(_ asset: inout Asset) {
            asset.media = Media(kind: .video, duration: 20, width: 1, height: 1)
        }
        // More than are looked at in one go.
        for number in 1...250 { try add(Int64(number), "a.JPG", number == 3 ? .previewing : .taken) }
        let first = try add(300, "a.mov", .previewed, video)
        #expect(try reader.line(limit: 9).map(\.id) == [first])
        try add(310, "b.HEIC")
        let second = try add(320, "b.mov", .previewed, video)
        #expect(try reader.line(limit: 9).map(\.id) == [first, second])
        try add(305, "c.mov")
        #expect(try reader.line(limit: 9).map(\.id) == [first])
    }

    @Test func photosHideNothingOfWhatVideosCost() throws {
        try theWorkOfTheLastConversionsIsKnown()
        for number in 10...100 {
            let id = try add(Int64(number), "a.jpg", .published) {
                $0.media = Media(kind: .photo, duration: nil, width: 1, height: 1)
            }
            try ledger.add(HistoryEvent(at: noon, what: .transcode, seconds: 0.3), to: id)
        }
        let work = try reader.recentWork()
        #expect(work.count == 3 && work.allSatisfy { $0.work_s == 20 })
    }

    @Test func theWorkOfTheLastConversionsIsKnown() throws {
        for number in 1...3 {
            let id = try add(Int64(number), "a.mov", .published) {
                $0.media = Media(kind: .video, duration: 10, width: 1, height: 1)
            }
            try ledger.add(HistoryEvent(at: noon, what: .preview, seconds: 1), to: id)
            try ledger.add(HistoryEvent(at: noon, what: .transcode, seconds: 20), to: id)
        }
        let work = try reader.recentWork()
        #expect(work.count == 3)
        #expect(work.allSatisfy { $0.work_s == 20 && $0.duration_s == 10 })
    }
}
