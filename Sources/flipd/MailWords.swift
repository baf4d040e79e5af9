// What our mails say. Pure.
import Ingest
import Model
import Platform

/// Files that were handed back, and for all we know still stand in `Problems/`.
struct NeedsSomebody: Sendable {
    let count: Int
    let first: [Asset]
    /// The newest of their ends.
    let until: Timestamp
}

struct MailWords {
    let subject: String
    let body: String

    /// More names than that nobody reads in a mail.
    private static let namedAtMost = 20

    private init(_ subject: String, _ host: String, _ paragraphs: [String]) {
        self.subject = "flipd on \(host): \(subject)"
        let end =
            "-- \nThis mail comes from flipd, the archive's daemon, on \(host). Nobody reads an answer to it.\n"
        body = (paragraphs + [end]).joined(separator: "\n\n")
    }

    private static let look = "“flipctl status” on that machine says how it is now."

    static func needsYou(_ files: NeedsSomebody, incoming: Path, host: String) -> MailWords {
        let problems = (incoming / Ignored.problems).text.printable
        let isOne = files.count == 1
        let lead =
            isOne
            ? "This file could not be added to the archive. It stands, unchanged, in \(problems), beside a note:"
            : "\(files.count) files could not be added to the archive. They stand, unchanged, in \(problems), each beside a note:"
        var paragraphs = [lead]
        for asset in files.first.prefix(namedAtMost) {
            let refusal = asset.refusal ?? Refusal(.corrupt)
            let owner = asset.source.owner.map { ", from \($0.printable)" } ?? ""
            paragraphs.append(
                "\(asset.source.path.text.printable)\(owner)\n    \(refusal.text.printable)\n    \(refusal.problem.remedy)"
            )
        }
        let unnamed = files.count - min(files.first.count, namedAtMost)
        if unnamed > 0 { paragraphs.append("… and \(unnamed) more.") }
        paragraphs.append("A file that is moved back into its folder is tried again.")
        return MailWords(isOne ? "a file needs you" : "\(files.count) files need you", host, paragraphs)
    }

    /// It is not well.
    static func health(_ health: Health, _ reasons: [Reason], host: String) -> MailWords {
        let subject =
            switch health {
            case .ok: "all is well again"
            case .degraded: "not all is well"
            case .critical: "something is seriously wrong"
            }
        if health == .ok {
            return MailWords(
                subject, host, ["What kept the archive from being well is over. There is nothing to do."])
        }
        let serious = "What is in the archive is in danger, or cannot be reached:"
        return MailWords(
            subject, host,
            [health == .critical ? serious : "The archive works, but somebody should look after this:"]
                + reasons.map { "  - \($0.text.printable)" } + [look])
    }

    static func weekly(_ report: StatusReport, host: String) -> MailWords {
        let day = report.lastDay
        let needs =
            report.needsYou == 0 ? [] : ["In the folder Problems, files that need you: \(report.needsYou)."]
        return MailWords(
            "all is well", host,
            [
                report.summary,
                "In the last 24 hours: \(day.ready) published, \(day.failed) handed back, \(day.duplicate) already here.",
            ] + needs + ["This mail comes once a week (Weekly= in flipd.conf)."])
    }

    static func dead(_ lastWords: String, host: String) -> MailWords {
        MailWords(
            "flipd has failed", host,
            [
                "flipd does not run any more, and systemd has given up starting it. Files that are dropped now wait in the drop folder; nothing is lost.",
                "Its last words tell why. When that is mended, “systemctl start flipd” starts it again.",
                lastWords,
            ])
    }

    static func trial(host: String) -> MailWords {
        MailWords(
            "mail works", host,
            ["Somebody asked with “flipd --mail-test” for this mail. There is nothing to do."])
    }
}
