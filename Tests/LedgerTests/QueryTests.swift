// Every question that can be asked of the ledger, on a real database.
import Model
import Platform
import Scratch
import Testing

@testable import Ledger

@Suite struct QueryTests {
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
        _ number: Int64, _ path: String, _ stage: Stage = .taken, kind: Kind? = nil, digest: UInt8? = nil
    ) throws -> AssetID {
        var asset = leanAsset(makeID(number))
        asset.stage = stage
        asset.source = makeSource(Path(path), bytes: number)
        asset.sha256 = digest.map(makeDigest)
        asset.media = kind.map { Media(kind: $0, duration: $0 == .video ? 2 : nil, width: 1, height: 1) }
        try ledger.put(asset)
        return asset.id
    }

    private func paths(_ change: (inout AssetQuery) -> Void) throws -> [String] {
        var query = AssetQuery()
        change(&query)
        return try reader.assets(query).map(\.source.path.text).reversed()
    }

    @Test func everyFilterFiltersAndAllTogether() throws {
        try add(1, "Loom/a.mov", .published, kind: .video)
        try add(2, "Loom/1905/b.mov", .previewing)
        try add(3, "Loom2/c.mov", .handedBack)
        try add(4, "App/ref=7/d.jpg", .published, kind: .photo)
        try add(5, "App/ref=8/IMG_e.mov", .transcoding, kind: .video)
        try add(6, "img_f.mov", .awaitingTwin)
        #expect(try paths { $0.state = .ready } == ["Loom/a.mov", "App/ref=7/d.jpg"])
        #expect(try paths { $0.state = .processing } == ["Loom/1905/b.mov", "App/ref=8/IMG_e.mov"])
        #expect(try paths { $0.state = .pending } == ["img_f.mov"])
        #expect(try paths { $0.state = .purged }.isEmpty)
        #expect(try paths { $0.kind = .photo } == ["App/ref=7/d.jpg"])
        #expect(try paths { $0.collection = "Loom" } == ["Loom/a.mov", "Loom/1905/b.mov"])
        #expect(try paths { $0.collection = "Loom/1905" } == ["Loom/1905/b.mov"])
        #expect(try paths { $0.collection = "" } == ["img_f.mov"])
        #expect(try paths { $0.ref = "7" } == ["App/ref=7/d.jpg"])
        #expect(try paths { $0.name = "img_" } == ["App/ref=8/IMG_e.mov", "img_f.mov"])
        #expect(
            try paths {
                $0.state = .ready
                $0.kind = .video
                $0.collection = "Loom"
                $0.name = "A.M"
            } == ["Loom/a.mov"])
    }

    @Test func tilesAreWhatPeopleSeeAsOneThing() throws {
        for (number, stage) in zip(Int64(1)..., Stage.allCases) { try add(number, stage.rawValue, stage) }
        let photo = try add(50, "live.heic", .published, kind: .photo)
        let video = try add(51, "live.mov", .published, kind: .video)
        try ledger.pair(photo, with: video)
        let whole = ["taken", "previewing", "previewed", "transcoding", "published"]
        #expect(Set(try paths { $0.tiles = true }) == Set(whole + ["live.heic"]))
        // Without its photo the video is all there is of it.
        var asset = try #require(try reader.asset(photo))
        asset.stage = .deleted
        try ledger.put(asset)
        #expect(Set(try paths { $0.tiles = true }) == Set(whole + ["live.mov"]))
    }

    @Test func whatIsDamagedIsFound() throws {
        let good = try add(1, "good", .published)
        let bad = try add(2, "bad", .published)
        #expect(try reader.uncheckedSince() == Timestamp(milliseconds: 0))
        let damage = Damage(file: "media/x", what: .missing, text: "It is missing.")
        for (id, found) in [(good, []), (bad, [damage])] {
            try ledger.noteCheck(of: id, at: Timestamp(milliseconds: 7), found, isNew: true)
        }
        #expect(try paths { $0.damaged = true } == ["bad"])
        #expect(try reader.damage(of: [good, bad]) == [bad: [damage]])
        #expect(try reader.uncheckedSince() == Timestamp(milliseconds: 7))
    }

    @Test func aCollectionIsItsNameExactly() throws {
        try add(1, "Loom/a.mov")
        try add(2, "Loom/1905/b.mov")
        try add(3, "loom/1905/c.mov")
        try add(4, "L%m/d.mov")
        try add(5, "Lxm/e.mov")
        #expect(try paths { $0.collection = "loom" } == ["loom/1905/c.mov"])
        #expect(try paths { $0.collection = "L%m" } == ["L%m/d.mov"])
        #expect(try paths { $0.collection = "Lo" }.isEmpty)
    }

    @Test(arguments: ["%", "_", "\\", "100%_\\", "%\u{301}", "'", "\""])
    func whatIsAskedForStandsForItself(_ text: String) throws {
        try add(1, "a\(text)b.mov")
        try add(2, "aXXXb.mov")
        try add(3, "aX\u{301}b.mov")
        #expect(try paths { $0.name = text } == ["a\(text)b.mov"])
    }

    @Test(arguments: [1, 7, 100, 500, 1199, 1200, 1201])
    func pagesJoinWithoutGapOrOverlap(_ limit: Int) throws {
        try ledger.commit { () throws(LedgerFailure) in
            for number in 0..<1200 { try ledger.put(leanAsset(makeID(Int64(number) / 3))) }
        }
        var (query, seen) = (AssetQuery(limit: limit), [AssetID]())
        while true {
            let rows = try reader.assets(query)
            #expect(rows.count <= limit + 1)
            seen += rows.prefix(limit).map(\.id)
            if rows.count <= limit || limit == 1 && seen.count > 30 { break }
            query.after = seen.last
        }
        if limit > 1 { #expect(seen.count == 1200) }
        #expect(seen == seen.sorted(by: >) && Set(seen).count == seen.count)
    }

    @Test func thePrefixOfAnIdFindsIt() throws {
        let a = try add(0, "a")
        let b = try add(1 << 20, "b")
        #expect(try reader.ids(beginning: a.description) == [a])
        #expect(try reader.ids(beginning: String(b.description.prefix(13))) == [b])
        #expect(try reader.ids(beginning: String(a.description.prefix(4))).count == 2)
        for prefix in ["ffffffff", "%", "_", "", "'"] {
            #expect(try reader.ids(beginning: prefix).count == (prefix.isEmpty ? 2 : 0), "\(prefix)")
        }
    }

    @Test func aTwinIsPublishedOrTheFirstOnItsWay() throws {
        let first = try add(1, "a", .taken, digest: 1)
        let waiting = try add(2, "b", .awaitingTwin, digest: 1)
        try add(3, "c", .handedBack, digest: 1)
        try add(4, "d", .duplicate, digest: 1)
        #expect(try reader.twin(of: makeDigest(1), not: waiting)?.id == first)
        #expect(try reader.twin(of: makeDigest(1), not: first) == nil)
        #expect(try reader.twin(of: makeDigest(2), not: first) == nil)
        #expect(try reader.awaiting(twin: makeDigest(1)) == [waiting])
        let published = try add(5, "e", .published, digest: 1)
        let twin = try reader.twin(of: makeDigest(1), not: waiting)
        #expect(twin?.id == published && twin?.stage == .published)
    }

    @Test func whatIsUnfinishedIsFoundOldestFirst() throws {
        var wanted: [AssetID] = []
        for (place, stage) in Stage.allCases.enumerated() {
            let id = try add(Int64(place) * 10, "a", stage)
            if !stage.isFinal { wanted.append(id) }
        }
        #expect(try reader.unfinished().map(\.id) == wanted)
    }

    // MARK: Numbers

    @Test func keptTotalsEqualARecount() throws {
        var random = SystemRandomNumberGenerator()
        var assets: [Int64: Asset] = [:]
        let ids = (0..<60).map { makeID($0) }
        for _ in 0..<500 {
            let number = Int64.random(in: 0..<60, using: &random)
            var asset = Bool.random() ? fullAsset(ids[Int(number)]) : leanAsset(ids[Int(number)])
            asset.stage = Stage.allCases.randomElement(using: &random)!
            asset.source = makeSource(Path("a"), bytes: number * 100)
            asset.media?.kind = Kind.allCases.randomElement(using: &random)!
            asset.media?.duration = Bool.random() ? nil : Double(Int.random(in: 0...50, using: &random))
            if Bool.random() { asset.original = nil }
            if Bool.random() { asset.renditions = [] }
            assets[number] = asset
            try ledger.put(asset)
        }
        let totals = try reader.totals()
        let all = Array(assets.values)
        for state in State.allCases {
            #expect(totals.counts[state, default: 0] == all.filter { $0.state == state }.count, "\(state)")
        }
        #expect(totals.originalBytes == all.filter { $0.original != nil }.reduce(0) { $0 + $1.source.bytes })
        let published = all.filter { $0.stage == .published }
        for kind in Kind.allCases {
            let these = published.filter { $0.media?.kind == kind }
            #expect(totals.kinds[kind]?.count ?? 0 == these.count)
            #expect(totals.kinds[kind]?.bytes ?? 0 == these.flatMap(\.renditions).reduce(0) { $0 + $1.bytes })
            let seconds = these.reduce(0) { $0 + ($1.media?.duration ?? 0) }
            if kind == .video { #expect(abs((totals.kinds[kind]?.seconds ?? 0) - seconds) < 0.001) }
        }
        #expect(totals.kinds[.photo]?.seconds == nil)
    }

    @Test func theLastDayAndTheOldestAreTold() throws {
        #expect(try reader.oldestPending() == nil && reader.lastPublished() == nil)
        for (number, stage) in [Stage.published, .published, .handedBack, .duplicate, .previewed, .taken]
            .enumerated()
        {
            var asset = leanAsset(makeID(Int64(number) * 1000))
            asset.stage = stage
            if stage.isFinal { asset.endedAt = noon + Double(number) * 100 }
            try ledger.put(asset)
        }
        #expect(try reader.ended(since: noon) == [.ready: 2, .failed: 1, .duplicate: 1])
        #expect(try reader.ended(since: noon + 100) == [.ready: 1, .failed: 1, .duplicate: 1])
        #expect(try reader.ended(since: noon + 301).isEmpty)
        #expect(try reader.lastPublished() == noon + 100)
        #expect(try reader.oldestPending() == noon + 4)
    }
}
