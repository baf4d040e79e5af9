// The one line of `systemctl status`, and how often the journal is told the same.
import Model
import Testing

@testable import flipd

@Suite struct StatusLineTests {
    private func report(
        videos: Int = 0, photos: Int = 0, waiting: Int = 0, depth: Int = 0, needsYou: Int = 0,
        health: Health = .ok,
        jobs: [(JobStage, Double)] = []
    ) -> StatusReport {
        var maker = AssetID.Maker()
        return StatusReport(
            version: "1", summary: "", state: health, reasons: [], uptime: 1, counts: [:],
            kinds: [
                .video: .init(count: videos, bytes: 1, seconds: 1),
                .photo: .init(count: photos, bytes: 1, seconds: nil),
            ], lastDay: .init(ready: 0, failed: 0, duplicate: 0), waiting: waiting, needsYou: needsYou,
            intake: .init(way: .events, lastHeard: nil), queue: .init(depth: depth, oldestPending: nil),
            jobs: jobs.map {
                .init(
                    id: maker.next(at: Timestamp(milliseconds: 1)), sourceName: "a", stage: $0.0,
                    progress: $0.1,
                    eta: nil)
            }, storage: .init(libraryBytes: 46_000_000_000, originalsBytes: 1, freeBytes: 1),
            last: .init(scan: nil, published: nil))
    }

    private func text(_ report: StatusReport) -> String {
        let text = StatusLine.text(report, Path("/srv/flipd/incoming"))
        #expect(text.hasPrefix("Taking files from /srv/flipd/incoming. "))
        return String(text.dropFirst("Taking files from /srv/flipd/incoming. ".count))
    }

    @Test func itSaysWhatThereIsAndWhatIsDone() {
        #expect(text(report()) == "The archive is empty.")
        #expect(text(report(videos: 312, photos: 1840)) == "312 videos, 1,840 photos, 46 GB.")
        #expect(
            text(report(videos: 1, waiting: 1, depth: 1, jobs: [(.transcode, 0.438)]))
                == "1 video, 46 GB; 2 waiting, 1 being converted (43 %).")
        #expect(
            text(
                report(
                    videos: 2, needsYou: 1, health: .degraded,
                    jobs: [(.preview, 0), (.transcode, 0), (.verify, 1)]))
                == "2 videos, 46 GB; 1 being looked at, 2 being converted, 1 needs you. Not all is well; see “flipctl status”."
        )
    }
}

@Suite struct RepeatsTests {
    @Test func ofAFloodTheFirstTenAreToldAndTheRestIsCounted() {
        var gate = FloodGate()
        var told: [Int] = []
        for file in 0..<10_000 where gate.admits(at: Double(file) / 1000) { told.append(file) }
        #expect(told == Array(0..<10))
        #expect(gate.opens_s(at: 9.999) > 20)
        let rest = (gate.takeHeldBack(), gate.takeHeldBack())
        #expect(rest == (9990, 0))
        // After half a minute the next few.
        let isOpen = gate.admits(at: 30)
        #expect(isOpen)
    }

    @Test func fewAreAllTold() {
        var gate = FloodGate()
        for file in 0..<1000 {
            let isAdmitted = gate.admits(at: Double(file) * 4)
            #expect(isAdmitted)
        }
        #expect(gate.heldBack == 0)
    }

    /// A cable that is loose: away and back every two seconds for five minutes, and at last away.
    @Test func whatComesAndGoesIsToldTwiceInHalfAMinuteAndEndsWithHowItIs() {
        var rule = AnnouncementRule()
        var told: [(at: Double, state: String)] = []
        for second in stride(from: 0.0, through: 300, by: 2) {
            let state = second.truncatingRemainder(dividingBy: 4) == 0 ? "missing" : ""
            if rule.becomes(state, at: second) == .tell { told.append((second, state)) }
        }
        for (index, entry) in told.enumerated() {
            let before = told[..<index].last { $0.state == entry.state }
            #expect(before.map { entry.at - $0.at >= 30 } ?? true)
        }
        #expect((told.first?.at, told.first?.state) == (0, "missing"))
        #expect(told.count > 15 && told.count <= 22)
        // It is away for good: that is told, if it is not what was told last.
        switch rule.becomes("missing", at: 302) {
        case .later(let seconds):
            let step = rule.becomes("missing", at: 302 + seconds)
            #expect(step == .tell)
        case .tell: break
        case .nothing: #expect(told.last?.state == "missing")
        }
    }
}
