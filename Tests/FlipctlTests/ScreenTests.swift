// What `status` and `usage` say, and that it fits on a terminal of 24 lines of 80 characters.
import Model
import Testing

@testable import flipctl

@Suite struct ScreenTests {
    private let now = Timestamp(milliseconds: 1_795_293_186_123)
    private let small = Screen(width: 80, height: 24)

    private func report(reasons: Int, jobs: Int, health: Health) -> StatusReport {
        var maker = AssetID.Maker()
        let text =
            "The archive's disk is nearly full, and so on at some length, as such reasons are when they say what to do."
        var report = StatusReport(
            version: "1.2",
            summary: "312 videos, 1,840 photos, 46 GB. Room for about 7 months. Copied last night. Fine.",
            state: health, reasons: (0..<reasons).map { Reason(code: "r", text: "\($0): \(text) \(text)") },
            uptime: 9e5,
            counts: [:], kinds: [:], lastDay: .init(ready: 1, failed: 2, duplicate: 3), waiting: 2, needsYou: 3,
            intake: .init(way: .scanning, lastHeard: now), queue: .init(depth: 4, oldestPending: 1000),
            jobs: (0..<jobs).map {
                .init(
                    id: maker.next(at: now), sourceName: "A long name of a file that somebody gave \($0).MOV",
                    stage: .transcode, progress: 0.5, eta: 1234)
            },
            storage: .init(
                libraryBytes: 46_000_000_000, originalsBytes: 30_000_000_000, freeBytes: 120_000_000_000),
            last: .init(scan: now, published: now))
        (report.last.snapshot, report.last.verify, report.last.backup) = (now, now, now)
        return report
    }

    @Test(arguments: [0, 1, 2, 5, 12], [0, 1, 5, 9]) func theStatusFitsOnOneScreen(_ reasons: Int, _ jobs: Int)
    {
        let report = report(reasons: reasons, jobs: jobs, health: reasons == 0 ? .ok : .degraded)
        let lines = statusLines(report, now: now, screen: small).map(\.text)
        #expect(lines.count < 24, "\(lines.count)")
        #expect(lines.allSatisfy { $0.count <= 80 })
        #expect(lines.first == "312 videos, 1,840 photos, 46 GB. Room for about 7 months. Copied last night.")
        #expect(lines.contains { $0.hasPrefix("  - 0: ") } == (reasons > 0))
        let named = lines.count { $0.hasPrefix("  - ") }
        #expect(named == reasons || lines.contains("  … and \(reasons - named) more; --json has all of them."))
        #expect(lines.contains { $0.hasPrefix("3 files need you: ") })
    }

    @Test func elsewhereEverySentenceIsOneLine() {
        let lines = statusLines(report(reasons: 12, jobs: 0, health: .critical), now: now, screen: nil)
        #expect(lines.count { $0.text.hasPrefix("  - ") } == 12)
        #expect(lines[1].text == "Something is seriously wrong:" && lines[1].tone == .bad)
    }

    @Test func wrappingKeepsEveryWord() {
        let text = "  - One two three four, five six; a-very-long-word-that-is-wider-than-all-of-it seven."
        for width in 10...90 {
            let lines = Line(text).wrapped(width).map(\.text)
            #expect(lines.joined(separator: " ").split(separator: " ") == text.split(separator: " "))
            #expect(lines.allSatisfy { $0.count <= width || $0.split(separator: " ").count <= 2 })
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("    ") })
        }
        #expect(Line("").wrapped(80).map(\.text) == [""])
    }

    @Test func whenItWasRecordedIsToldByTheClockThatHungThere() throws {
        let moment = try #require(Timestamp("2025-10-12T10:36:14Z"))
        func said(_ offset: String?, _ source: String) -> String {
            Text.recorded(moment, offset: offset, source: source)
        }
        #expect(said("+13:00", "datetimeoriginal") == "2025-10-12 23:36 (UTC+13:00)")
        #expect(said("-04:30", "datetimeoriginal") == "2025-10-12 06:06 (UTC-04:30)")
        #expect(said(nil, "datetimeoriginal (no zone)") == "2025-10-12 10:36 (the camera's clock)")
        #expect(said(nil, "xmp datecreated (day only)") == "2025-10-12")
        #expect(said(nil, "file time") == "\(Text.local(moment)) (the file's own date)")
        #expect(said(nil, "creation_time") == Text.local(moment))
    }

    @Test func theUsageFitsOnOneScreen() {
        let account = UsageReport.Account(count: 12, bytes: 1_000_000_000)
        let names = (1...30).map { "Collection \($0)" }
        let report = UsageReport(
            classes: Dictionary(uniqueKeysWithValues: UsageReport.Class.allCases.map { ($0, account) }),
            kinds: [.video: account, .photo: account],
            topLevel: names.map { .init(collection: $0, account) }, collections: [],
            months: (1...30).map { .init(month: "2026-\($0)", account) }, freeBytes: 1, forecast: nil)
        let lines = usageLines(report, all: false).flatMap { Line($0).wrapped(80) }.map(\.text)
        #expect(lines.count < 24 && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.contains("  … and 26 more; --all shows them"))
        #expect(usageLines(report, all: true).count { $0.contains("Collection ") } == 30)
    }
}
