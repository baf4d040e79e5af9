// Where a second copy may be, and what a report of a backup proves.
import Model
import Platform
import Scratch
import Testing

@Suite struct BackupTests {
    @Test(arguments: [
        ("/mnt/backup", "/mnt/backup"), ("/mnt//backup/./flipd/", "/mnt/backup/flipd"),
        ("/mnt/a:b", "/mnt/a:b"),
        ("shelf:flipd", "shelf:flipd"), ("ada@shelf.example:/srv//b/", "ada@shelf.example:/srv/b"),
        ("shelf:it's here", "shelf:it's here"),
    ])
    func aDestinationHasOneWayOfWriting(_ text: String, _ written: String) {
        #expect(BackupDestination(text)?.description == written)
    }

    @Test(arguments: [
        "", "/", "//", "backup", "./backup", "/mnt/../etc", "shelf:", "shelf:.", "shelf:../x", "shelf::module",
        ":/mnt", "-oProxyCommand=x:y", "shelf:-x", "a b:c", "a/b:c", "a;b:c",
    ])
    func whatIsNone(_ text: String) { #expect(BackupDestination(text) == nil) }

    private func report(_ result: BackupReport.Result, after last: BackupReport? = nil) -> BackupReport {
        var report = BackupReport(to: "/mnt/a", beganAt: noon, after: last)
        report.end(result, "Words.", at: noon + 60)
        return report
    }

    @Test func aGoodRunIsTheLastSuccessAndAFailedOneKeepsIt() throws {
        let good = report(.ok)
        #expect(good.lastSuccess(to: "/mnt/a", asOf: noon + 60)?.beganAt == noon)
        #expect(good.lastSuccess(to: "/mnt/a", asOf: noon + 60)?.endedAt == noon + 60)
        var failed = BackupReport(to: "/mnt/a", beganAt: noon + 1000, after: good)
        failed.end(.failed, "No.", at: noon + 1001)
        #expect(failed.lastSuccess(to: "/mnt/a", asOf: noon + 2000)?.beganAt == noon)
        #expect(report(.failed).lastSuccess(to: "/mnt/a", asOf: noon + 60) == nil)
    }

    @Test func anotherDestinationOrATimeToComeProvesNothing() {
        let good = report(.ok)
        #expect(good.lastSuccess(to: "/mnt/b", asOf: noon + 60) == nil)
        #expect(good.lastSuccess(to: "/mnt/a", asOf: noon + 59) == nil)
        #expect(BackupReport(to: "/mnt/b", beganAt: noon, after: good).lastSuccessBeganAt == nil)
    }

    @Test func theReportIsReadAsItWasWritten() throws {
        let good = report(.ok)
        let text = try JSON.encode(good)
        #expect(try JSON.decode(BackupReport.self, from: text) == good)
        #expect(
            String(decoding: text, as: UTF8.self).contains(
                #""last_success_began_at":"2026-11-20T12:00:00.000Z""#))
        let none = String(decoding: try JSON.encode(report(.failed)), as: UTF8.self)
        #expect(none.contains(#""last_success_began_at":null"#))
    }
}
