// Where a file is, in words: every stage, every holdup, days as people say them, and how long it will take.
import Scratch
import Testing

@testable import Model

@Suite struct WhereaboutsTests {
    private let time = PlaceTime(now: noon, zone_s: { _ in 3600 })

    private func words(
        _ stage: Stage, _ change: (inout Asset, inout Whereabouts.Surroundings) -> Void = { _, _ in }
    ) -> Whereabouts {
        var asset = leanAsset()
        asset.stage = stage
        var around = Whereabouts.Surroundings(trash_s: 30 * 86400)
        change(&asset, &around)
        return Whereabouts(of: asset, around, time)
    }

    private func twin(_ stage: Stage, at moment: String) -> Asset {
        var twin = leanAsset(makeID(at: Timestamp(moment)!))  // A moment of this test, well written.
        twin.stage = stage
        twin.deletedAt = stage == .deleted ? noon : nil
        return twin
    }

    @Test func whatIsPublishedIsSaidSo() {
        #expect(words(.published).answer == .published)
        #expect(words(.published).text == "published")
    }

    @Test(arguments: [
        ("2026-11-03T12:00:00Z", "already here since 3 November"),
        ("2025-11-03T12:00:00Z", "already here since 3 November 2025"),
        ("2026-11-20T08:00:00Z", "already here since today"),
        ("2026-11-19T08:00:00Z", "already here since yesterday"),
        // Half past midnight here.
        ("2026-11-19T23:30:00Z", "already here since today"),
    ])
    func aTwinWasHereBefore(_ moment: String, _ text: String) {
        let found = words(.duplicate) { $1.twin = twin(.published, at: moment) }
        #expect((found.answer, found.text) == (.alreadyHere, text))
    }

    @Test func aTwinMayHaveBeenDeletedSince() {
        let deleted = words(.duplicate) { $1.twin = twin(.deleted, at: "2026-11-03T12:00:00Z") }
        #expect((deleted.answer, deleted.text) == (.inTheTrash, "in the trash until 20 December"))
        #expect(words(.duplicate) { $1.twin = twin(.purged, at: "2026-11-03T12:00:00Z") }.answer == .gone)
        #expect(words(.duplicate).text == "already here")
    }

    @Test(arguments: [Stage.taken, .previewing, .previewed, .transcoding, .awaitingTwin])
    func whatIsOnItsWayWaits(_ stage: Stage) {
        #expect(words(stage).answer == .waiting)
        #expect(words(stage).text == "waiting")
        #expect(words(stage) { $1.wait_s = 601 }.text == "waiting, about 10 minutes")
        let full = words(stage) { asset, around in
            asset.refusal = Refusal(.diskFull)
            around.wait_s = 601
        }
        #expect(full.text == "waiting: \(Problem.diskFull.sentence) \(Problem.diskFull.remedy)")
        #expect(words(stage) { $1.machine = "Connect the disk." }.text == "waiting: Connect the disk.")
    }

    @Test(arguments: Problem.allCases) func whatWasHandedBackSaysWhatTheNoteSays(_ problem: Problem) {
        let found = words(.handedBack) { asset, _ in
            asset.handedBackTo = Path("Problems/a.mov")
            asset.refusal = Refusal(problem, "In this way.")
        }
        #expect(found.answer == .needsYou)
        #expect(found.text == "needs you: \(problem.sentence) In this way. \(problem.remedy)")
    }

    @Test func whatLeftProblemsNeedsNobody() {
        #expect(words(.handedBack).text == "handed back, and tried again since")
        let taken = words(.handedBack) { asset, around in
            asset.handedBackTo = Path("Problems/a.mov")
            around.isInProblems = false
        }
        #expect((taken.answer, taken.text) == (.gone, "handed back, and no longer in the folder Problems"))
    }

    @Test func whatWasDeletedIsInTheTrashAndThenGone() {
        let deleted = words(.deleted) { asset, _ in asset.deletedAt = noon }
        #expect((deleted.answer, deleted.text) == (.inTheTrash, "in the trash until 20 December"))
        #expect(words(.purged).answer == .gone)
        #expect(words(.purged).text == "deleted, and gone for good")
    }

    @Test(arguments: [
        (Whereabouts.Holdup.copying, "waiting, still being copied"), (.empty, "waiting, still empty"),
        (.unfinished, "waiting, until its copy is surely finished"),
        (.none, "waiting, to be taken in a moment"), (.room, "waiting, for room on the archive's disk"),
        (.machine("Connect it."), "waiting: Connect it."),
    ])
    func whatIsNotTakenWaits(_ holdup: Whereabouts.Holdup, _ text: String) {
        let found = Whereabouts(notTaken: holdup)
        #expect((found.answer, found.text) == (.waiting, text))
    }

    @Test func whatCannotBeReadNeedsSomebody() {
        let found = Whereabouts(notTaken: .unreadable)
        #expect(found.answer == .needsYou)
        #expect(found.text.contains(Problem.unreadable.remedy))
    }
}

@Suite struct PlaceTimeTests {
    @Test(arguments: [
        (0.0, "about a minute"), (89, "about a minute"), (91, "about 2 minutes"), (560, "about 9 minutes"),
        (600, "about 10 minutes"), (760, "about 15 minutes"), (5200, "about 85 minutes"),
        (5400, "about 2 hours"), (40000, "about 11 hours"), (200_000, "about 2 days"),
        (1e300, "about 9999 days"),
    ])
    func timeToWaitIsNoMoreExactThanItCanBe(_ seconds: Double, _ text: String) {
        #expect(PlaceTime.about(seconds) == text)
    }

    @Test func clocksAreThoseOfThePlace() {
        let time = PlaceTime(now: noon, zone_s: { _ in -5 * 3600 })
        #expect(time.clock(noon) == "07:00")
        #expect(time.daysAgo(noon + -7.5 * 3600) == 1)
        #expect(time.startOfDay(daysAgo: 0).description == "2026-11-20T05:00:00.000Z")
        #expect(time.startOfDay(daysAgo: 1).description == "2026-11-19T05:00:00.000Z")
    }

    /// In Berlin clocks are set back at one o'clock UTC on 25 October 2026, and forward on 29 March.
    @Test(arguments: [
        ("2026-10-25T12:00:00Z", "2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z"),
        ("2026-03-29T12:00:00Z", "2026-03-28T23:00:00.000Z", "2026-03-29T22:00:00.000Z"),
    ])
    func aDayMayHaveMoreOrFewerHours(_ now: String, _ begin: String, _ end: String) throws {
        let (autumn, spring) = (
            try #require(Timestamp("2026-10-25T01:00:00Z")), try #require(Timestamp("2026-03-29T01:00:00Z"))
        )
        let time = PlaceTime(now: try #require(Timestamp(now))) { $0 >= spring && $0 < autumn ? 7200 : 3600 }
        #expect(time.startOfDay(daysAgo: 0).description == begin)
        #expect(time.startOfDay(daysAgo: -1).description == end)
    }
}

@Suite struct WaitingLineTests {
    private let even = (0..<4).map { _ in WaitingLine.Work(work_s: 20, duration_s: 10) }
    private let places = (1...3).map { WaitingLine.Place(id: makeID(Int64($0)), duration_s: 30) }

    @Test func eachWaitsForThoseBefore() {
        let line = WaitingLine(running: [makeID(0): 40], line: places, recent: even, jobs: 1)
        #expect(line[places[0].id] == 100 && line[places[1].id] == 160 && line[places[2].id] == 220)
    }

    @Test func severalSlotsShareTheLine() {
        let running = makeID(0)
        let line = WaitingLine(running: [running: 40], line: places, recent: even, jobs: 2)
        #expect(line[running] == 40)
        #expect(line[places[0].id] == 60 && line[places[1].id] == 100 && line[places[2].id] == 120)
    }

    @Test func noEstimateRatherThanAWrongOne() {
        let running = makeID(0)
        let few = WaitingLine(running: [running: 40], line: places, recent: Array(even.prefix(2)), jobs: 1)
        #expect(few[running] == 40 && few[places[0].id] == nil)
        let copies = [0.1, 0.1, 20, 20].map { WaitingLine.Work(work_s: $0, duration_s: 10) }
        #expect(WaitingLine(running: [:], line: places, recent: copies, jobs: 1)[places[0].id] == nil)
        let unsure = WaitingLine(running: [running: nil], line: places, recent: even, jobs: 1)
        #expect(unsure[running] == nil && unsure[places[0].id] == nil)
        #expect(WaitingLine()[running] == nil)
    }
}

@Suite struct CameraNameTests {
    @Test(arguments: [
        ("img_0042", "IMG_0042.MOV"), ("/home/ada/IMG_0042.MOV", "IMG_0042.MOV"), ("ä", "Ähre.mov"),
        // The same letter, put together and taken apart.
        ("Gru\u{308}n", "GR\u{DC}N.mov"), ("gr\u{FC}n", "Gru\u{308}n.mov"), ("100 %", "100 % Loom.mov"),
    ])
    func aPartOfANameIsKnown(_ asked: String, _ name: String) {
        #expect(CameraName(asked).isPart(of: name))
    }

    @Test func whatIsNoPartIsNotKnown() {
        #expect(!CameraName("IMG_0042").isPart(of: "IMG_0043.MOV"))
        #expect(!CameraName("IMG_").isPart(of: "IMGX.MOV"))
        #expect(CameraName("a.mov").isAll(of: "A.MOV") && !CameraName("a.mov").isAll(of: "aa.mov"))
        #expect(CameraName("Loom/").isEmpty && CameraName("").isEmpty)
    }
}

@Suite struct FindReportTests {
    private func file(_ name: String, _ holdup: Whereabouts.Holdup) -> FindReport.File {
        FindReport.File(name: name, collection: "", Whereabouts(notTaken: holdup), asset: nil)
    }

    @Test func oneSentenceSaysItAll() {
        let name = CameraName("a.mov")
        #expect(
            FindReport(of: name, files: [], hasMore: false).text.hasPrefix(
                "No file called “a.mov” ever arrived. "))
        #expect(
            FindReport(of: name, files: [], hasMore: false, unseen: "Its disk is away. Connect it.").text
                == "Nothing is known of a file called “a.mov” just now. Its disk is away. Connect it.")
        let one = FindReport(of: name, files: [file("a.mov", .copying)], hasMore: false)
        #expect(one.text == "a.mov: waiting, still being copied.")
        let files = [file("a.mov", .copying), file("aa.mov", .none), file("aaa.mov", .unreadable)]
        #expect(
            FindReport(of: name, files: files, hasMore: false).text
                == "3 files have this in their name: 2 waiting, 1 needs you.")
        #expect(FindReport(of: name, files: files, hasMore: true).text.hasPrefix("More than 3 files"))
    }

    @Test func whatNobodyHandedBackHasASentenceOfItsOwn() throws {
        let stray = NeedsYouReport.File(at: Path("Loom/stray.pdf"), asset: nil, refusal: nil)
        #expect((stray.name, stray.collection, stray.problem) == ("stray.pdf", "Loom", nil))
        #expect(stray.text.contains("Move it"))
        let coming = NeedsYouReport.File(at: Path("Loom/a.mp4"), asset: nil, refusal: Refusal(.empty))
        #expect(coming.problem == .empty && coming.text == Refusal(.empty).advice)
    }
}
